package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withoutHelp are the scripts that only other programs call: CI's entry, the test of the judge, two that must need nothing else of the tree, and the
// first programs of a rehearsal's machines.
var withoutHelp = []string{
	".ci/run", "image/assemble.sh", "tools/pulumi-offline/build.sh", "e2e/judge/spoil.sh",
	"infra/cmd/localaws/cluster/program/control-plane.sh", "infra/cmd/localaws/cluster/program/node.sh",
}

var questions = []string{"-h", "--help", "help", "-V", "--version"}

// TestPrograms_AllAnswerHelpAndVersion is about the tools. The programs of infra/cmd have a test of their own there.
func TestPrograms_AllAnswerHelpAndVersion(t *testing.T) {
	folder := t.TempDir()
	for _, one := range []string{"repolint", "dashboards", "pulumi-offline/cmd/pulumi-language-go", "pulumi-offline/cmd/pulumi-resource-aws"} {
		program := filepath.Join(folder, filepath.Base(one))
		if output, err := exec.Command("go", "build", "-C", "../../../tools/"+one, "-o", program, ".").CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", one, err, output)
		}
		for _, question := range questions {
			said, err := exec.Command(program, question).Output()
			if err != nil || !strings.Contains(string(said), filepath.Base(one)) {
				t.Errorf("%s %s: %v with %q", one, question, err, said)
			}
		}
	}
}

// The same lines of scripts/lib.sh answer every question, so each script is asked one, the next script the next.
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
		question := questions[asked%len(questions)]
		command := exec.Command("./"+filepath.Base(name), question)
		command.Dir = filepath.Join(root, filepath.Dir(name))
		command.Env = append(os.Environ(), "GITHUB_ACTIONS=")
		said, err := command.Output()
		if err != nil || !strings.Contains(string(said), filepath.Base(name)) {
			t.Errorf("%s %s: %v with %q", name, question, err, said)
		}
		asked++
	}
	if asked < 40 {
		t.Errorf("only %d scripts were asked", asked)
	}
}
