package workflows

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mote-dev/mote/e2e/workflows/runner"
)

// What is kept from job to job saves the time of a second compiler run, and must not save the run that a new commit needs.
func TestCheckout_CargoCompilesWhatACommitChangedAndNothingElse(t *testing.T) {
	w := &world{t: t, folder: t.TempDir(), runner: &runner.Runner{}}
	w.try(os.MkdirAll(w.path("source/src"), 0o755))
	w.write("source/Cargo.toml", "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
	w.write("source/Cargo.lock", "version = 4\n\n[[package]]\nname = \"one\"\nversion = \"0.1.0\"\n")
	w.write("source/src/main.rs", `fn main() { print!("first"); }`)
	w.tool(w.path("source"), "git", "init", "--quiet", "--initial-branch", "main")
	w.commit("first")
	// build is what a job does, on a machine of its own: it says what Cargo did, and what the program prints.
	build := func() (cargo, program string) {
		job := &runner.Job{Folder: w.path("jobs/workspace")}
		w.try(os.RemoveAll(job.Folder))
		w.try(os.MkdirAll(job.Folder, 0o755))
		w.try(w.checkout(job, nil))
		cargo = w.tool(job.Folder, "cargo", "build", "--offline", "--locked", "--verbose", "--target-dir", "target/rustup", "--message-format", "json")
		return cargo, w.tool(job.Folder, "target/rustup/debug/one")
	}
	for _, want := range []struct {
		fresh   string
		program string
	}{{`"fresh":false`, "first"}, {`"fresh":true`, "first"}, {`"fresh":false`, "second"}} {
		if want.program == "second" {
			// Git keeps whole seconds.
			time.Sleep(time.Second)
			w.replace("src/main.rs", "first", "second")
			w.commit("second")
		}
		if cargo, program := build(); !strings.Contains(cargo, want.fresh) || program != want.program {
			t.Errorf("want %s and %q, got %q and\n%s", want.fresh, want.program, program, cargo)
		}
	}
}
