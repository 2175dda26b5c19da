package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withoutHelp are the scripts that only other programs call: CI's entry, the test of the judge, and two that must need nothing else of the tree.
var withoutHelp = []string{".ci/run", "image/assemble.sh", "tools/pulumi-offline/build.sh", "e2e/judge/spoil.sh"}

func TestScripts_AllAnswerHelpAndVersion(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	listed, err := exec.Command("git", "-C", root, "ls-files", "-s", "*.sh", ".ci/run").Output()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for line := range strings.Lines(string(listed)) {
		mode, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if !strings.HasPrefix(mode, "100755") || slices.Contains(withoutHelp, name) {
			continue
		}
		for _, question := range []string{"-h", "--help", "help", "-V", "--version"} {
			command := exec.Command("./"+filepath.Base(name), question)
			command.Dir = filepath.Join(root, filepath.Dir(name))
			command.Env = append(os.Environ(), "GITHUB_ACTIONS=")
			said, err := command.Output()
			if err != nil || !strings.Contains(string(said), filepath.Base(name)) {
				t.Errorf("%s %s: %v with %q", name, question, err, said)
			}
			asked++
		}
	}
	if asked < 100 {
		t.Errorf("only %d questions were asked", asked)
	}
}
