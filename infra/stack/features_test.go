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

// cells are those of a row of a table in Markdown.
func cells(row string) []string {
	var all []string
	for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(row), "|"), " | ") {
		all = append(all, strings.TrimSpace(cell))
	}
	return all
}

// TestPlatforms_EveryPromiseOfTheStackHasARow sees that docs/platforms.md says of each feature that a test here holds, what becomes of it on EKS. A row
// names the test.
func TestPlatforms_EveryPromiseOfTheStackHasARow(t *testing.T) {
	features, err := os.ReadFile(filepath.Join("..", "..", "docs", "features.md"))
	require.NoError(t, err)
	platforms, err := os.ReadFile(filepath.Join("..", "..", "docs", "platforms.md"))
	require.NoError(t, err)
	here, there := tests(t, "."), tests(t, ".", filepath.Join("..", "bootstrap"), filepath.Join("..", "config"), filepath.Join("..", "components"), filepath.Join("..", "cmd"))
	rows := map[string]bool{}
	for row := range strings.SplitSeq(string(platforms), "\n") {
		if !strings.HasPrefix(row, "| ") || strings.HasPrefix(row, "| promise ") {
			continue
		}
		all := cells(row)
		require.Len(t, all, 4, row)
		require.NotContains(t, all, "", row)
		require.Contains(t, []string{"held", "in part", "not held", "refused"}, all[1], row)
		require.Regexp(t, "`Test", all[3], row)
		rows[all[0]] = true
	}
	for _, one := range named.FindAllStringSubmatch(string(platforms), -1) {
		require.True(t, there[one[1]], "docs/platforms.md names %s, which is not there", one[1])
	}
	promised, _, found := strings.Cut(string(features), "\n## Common ECS problems avoided")
	require.True(t, found)
	wanted := 0
	for row := range strings.SplitSeq(promised, "\n") {
		for _, one := range named.FindAllStringSubmatch(row, -1) {
			if here[one[1]] && !rows[cells(row)[0]] {
				t.Errorf("docs/platforms.md has no row for %q", cells(row)[0])
			}
			wanted++
		}
	}
	require.Greater(t, wanted, 60)
}
