package languagehost

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// run runs the program of a folder, and gives its error and its file.
func run(t *testing.T, folder string) (string, os.FileInfo) {
	t.Helper()
	h := &host{engine: "none"}
	response, err := h.Run(t.Context(), &pulumirpc.RunRequest{Info: &pulumirpc.ProgramInfo{ProgramDirectory: folder}, Pwd: folder})
	if err != nil {
		t.Fatal(err)
	}
	binary, err := place(folder)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	return response.GetError(), info
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRun_LinksAProgramAgainOnlyWhenItChanged(t *testing.T) {
	compiled, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOCACHE", strings.TrimSpace(string(compiled)))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	folder := t.TempDir()
	write(t, folder, "go.mod", "module program\n\ngo 1.24\n")
	write(t, folder, "main.go", "package main\n\nfunc main() {}\n")
	said, first := run(t, folder)
	if said != "" {
		t.Fatalf("the first run said %q", said)
	}
	if said, second := run(t, folder); said != "" || !os.SameFile(first, second) {
		t.Fatalf("the second run said %q, or linked the program again", said)
	}
	write(t, folder, "main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(3) }\n")
	if said, _ := run(t, folder); said != "the program ended with an error: exit status 3" {
		t.Fatalf("the changed program said %q", said)
	}
	write(t, folder, "main.go", "package main\n\nfunc main() { wrong }\n")
	if said, _ := run(t, folder); said == "" {
		t.Fatal("a program that does not compile was run")
	}
}
