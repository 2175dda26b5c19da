package stack

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	named   = regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")
	defined = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(`)
)

// TestFeatures_EveryNamedTestExists keeps docs/features.md from promising what nothing holds.
func TestFeatures_EveryNamedTestExists(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "features.md"))
	require.NoError(t, err)
	there := tests(t, "..", filepath.Join("..", "..", "e2e"), filepath.Join("..", "..", "tools"))
	promised := named.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(promised), 60)
	for _, one := range promised {
		require.True(t, there[one[1]], "docs/features.md names %s, which is not there", one[1])
	}
}

// tests are the names of all tests below some folders.
func tests(t *testing.T, folders ...string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, folder := range folders {
		require.NoError(t, filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			content, err := os.ReadFile(path)
			for _, one := range defined.FindAllStringSubmatch(string(content), -1) {
				names[one[1]] = true
			}
			return err
		}))
	}
	return names
}
