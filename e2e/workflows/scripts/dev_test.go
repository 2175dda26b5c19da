package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// testScript runs scripts/dev/test.sh over stages of its own and returns what it printed.
func testScript(t *testing.T, folder, stages string, wanted ...string) (string, error) {
	t.Helper()
	command := exec.Command("../../../scripts/dev/test.sh", wanted...)
	command.Env = append(os.Environ(), "MOTE_TEST_STAGES="+stages, "MOTE_TEST_FOLDER="+folder, "GITHUB_STEP_SUMMARY=")
	output, err := command.CombinedOutput()
	return string(output), err
}

func TestTestScript_WrongStageIsAnErrorThatNamesTheStages(t *testing.T) {
	printed, err := testScript(t, t.TempDir(), "first lint true\nwait rehearsal true", "lint", "linf")
	if err == nil || !strings.Contains(printed, `there is no stage "linf": the stages are lint rehearsal`) {
		t.Errorf("got %v with %q", err, printed)
	}
}

func TestTestScript_StagesThatWaitRunBesideThoseThatCompute(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"infra.sh": "touch infra; until test -e rehearsal; do sleep 0.1; done", "rehearsal.sh": "touch rehearsal; until test -e infra; do sleep 0.1; done",
	} {
		write(t, filepath.Join(folder, name), "cd \"$(dirname \"$0\")\"\n"+text)
	}
	printed, err := testScript(t, folder, "compute infra timeout 20 bash "+folder+"/infra.sh\nwait rehearsal timeout 20 bash "+folder+"/rehearsal.sh")
	if err != nil || !strings.Contains(printed, "2 passed, 0 failed") {
		t.Errorf("got %v with %q", err, printed)
	}
}

func TestTestScript_FirstFailureEndsTheOthersAndItsLogComesLast(t *testing.T) {
	folder := t.TempDir()
	begin := time.Now()
	printed, err := testScript(t, folder, "first lint true\ncompute infra sleep 100\nwait rehearsal ls "+folder+"/gone\nwait later true")
	if err == nil || time.Since(begin) > 50*time.Second {
		t.Fatalf("got %v after %s", err, time.Since(begin))
	}
	_, end, _ := strings.Cut(printed, "1 passed, 1 failed\n")
	if !strings.HasPrefix(end, "ls: ") || !strings.Contains(end, "error: stage rehearsal failed: "+folder+"/rehearsal.log") {
		t.Errorf("the end is %q", end)
	}
	if strings.Contains(printed, "test: later") {
		t.Errorf("went on after a failure:\n%s", printed)
	}
}

func TestTestScript_LinesThatNameTheFailureComeLast(t *testing.T) {
	for _, failure := range []string{
		"--- FAIL: TestSlow (1.20s)", "test parses_heads ... FAILED", "thread 'a' panicked at src/a.rs:1:", "FAIL: test_grants (test_judge.A)", "error: it differs",
	} {
		for _, others := range []string{"", "\nwait other sleep 100"} {
			folder := t.TempDir()
			write(t, filepath.Join(folder, "stage.sh"), "seq 2; echo \""+failure+"\"; echo why; seq 400; exit 1")
			printed, err := testScript(t, folder, "wait infra bash "+folder+"/stage.sh"+others)
			_, end, _ := strings.Cut(printed, "what failed, by the lines of the log\n")
			if err == nil || !strings.HasPrefix(end, "3:"+failure+"\n4-why\n5-1\n6-2\nerror: stage infra failed") {
				t.Errorf("want %q, got %v with the end %q", failure, err, end)
			}
		}
	}
}

func TestTestScript_ErrorsThatATestWantedToSeeAreNotWhatFailed(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "stage.sh"), "seq -f 'error: wanted %.0f' 30; echo 'FAIL: it is denied'; exit 1")
	printed, err := testScript(t, folder, "wait infra bash "+folder+"/stage.sh")
	_, end, _ := strings.Cut(printed, "what failed, by the lines of the log\n")
	if err == nil || !strings.HasPrefix(end, "31:FAIL: it is denied\nerror: stage infra failed") {
		t.Errorf("got %v with the end %q", err, end)
	}
}

func TestTestScript_StageThatIsEndedCleansUp(t *testing.T) {
	folder := t.TempDir()
	stage := filepath.Join(folder, "stage.sh")
	write(t, stage, "trap 'echo cleaning; sleep 0.5; echo more; touch "+folder+"/cleaned; exit 1' TERM\ntouch "+folder+"/started; while :; do sleep 0.1; done")
	for _, wanted := range [][]string{{"one"}, {"one", "other"}} {
		command := exec.Command("../../../scripts/dev/test.sh", wanted...)
		command.Env = append(os.Environ(), "MOTE_TEST_STAGES=first one bash "+stage+"\nfirst other true", "MOTE_TEST_FOLDER="+folder)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		for range 300 {
			if os.Remove(filepath.Join(folder, "started")) == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := command.Wait(); err == nil {
			t.Errorf("%q: an ended run passed", wanted)
		}
		if err := os.Remove(filepath.Join(folder, "cleaned")); err != nil {
			t.Errorf("%q: the stage was cut short: %v", wanted, err)
		}
	}
}

func TestTestScript_SlowestTestsAreOfEveryLanguage(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "go.sh"), "echo '--- PASS: TestA (2.50s)'; echo '    --- PASS: TestA/part (0.10s)'; seq -f '--- PASS: TestQuick%.0f (0.00s)' 20")
	write(t, filepath.Join(folder, "rust.sh"), "echo 'test module::parses ... ok <3.123s>'; echo '==> ok: two builds are the same (40 s)'")
	printed, err := testScript(t, folder, "first infra bash "+folder+"/go.sh\nfirst service bash "+folder+"/rust.sh")
	_, list, _ := strings.Cut(printed, "slowest tests\n")
	want := "40 s  two builds are the same\n3.123 s  module::parses\n2.50 s  TestA\n0.10 s  TestA/part\n0.00 s  TestQuick"
	if err != nil || !strings.HasPrefix(list, want) || strings.Count(list, " s  ") != 10 {
		t.Errorf("want %q and five more, got %v with %q", want, err, list)
	}
}

func TestTestScript_StageThatCountsOnItsOwnShowsItsOutputAndItsTime(t *testing.T) {
	folder := t.TempDir()
	printed, err := testScript(t, folder, "first lint echo --- PASS: TestSlow (12.50s)\nfirst other true", "lint")
	if err != nil || !strings.Contains(printed, "12.50 s  TestSlow") || !strings.Contains(printed, "1 passed, 0 failed") {
		t.Errorf("got %v with %q", err, printed)
	}
	times, err := os.ReadFile(filepath.Join(folder, "times.tsv"))
	if err != nil || !strings.HasPrefix(string(times), "lint\t") {
		t.Errorf("the times are %q, %v", times, err)
	}
}

func TestMakefile_PassesNameSettingsAndImage(t *testing.T) {
	output, err := exec.Command("make", "-n", "-C", "../../..", "up", "NAME=x", "SET=cpu=512 memory=1024", "IMAGE=layout").CombinedOutput()
	if err != nil || !strings.Contains(string(output), "up.sh -name x -set 'cpu=512' -set 'memory=1024' -image layout") {
		t.Errorf("got %v with %s", err, output)
	}
}

// What is given goes behind what was kept, since the last value of a setting counts. An image that is given is not built.
func TestUp_KeepsSettingsAndImageForTheNextTime(t *testing.T) {
	h := newCheckout(t)
	h.write("scripts/dev/rehearse.sh", "#!/bin/bash\nshift; echo deployed: \"$@\"\nmkdir -p \"$MOTE_CACHE/rehearsal/$4\"\n", 0o755)
	h.write("machine/make", "#!/bin/bash\necho made: \"${@:6}\"\n", 0o755)
	for _, run := range []struct {
		given []string
		want  string
	}{
		{nil, "made: image rehearsal\ndeployed: -steps-done 1 -name main\n"},
		{[]string{"-image", "layout", "-set", "cpu=512"}, "made: rehearsal\ndeployed: -steps-done 1 -name main -image layout -set cpu=512\n"},
		{nil, "made: rehearsal\ndeployed: -steps-done 1 -name main -image layout -set cpu=512\n"},
		{[]string{"-set", "cpu=256"}, "made: rehearsal\ndeployed: -steps-done 1 -name main -image layout -set cpu=512 -set cpu=256\n"},
		{[]string{"-name", "other"}, "made: image rehearsal\ndeployed: -steps-done 1 -name other\n"},
	} {
		command := exec.Command(filepath.Join(h.folder, "scripts/dev/up.sh"), run.given...)
		command.Env = append(os.Environ(), "PATH="+h.folder+"/machine:"+os.Getenv("PATH"), "MOTE_CACHE="+h.folder+"/cache")
		output, err := command.Output()
		if err != nil || string(output) != run.want {
			t.Errorf("%q: want %q, got %v with %q", run.given, run.want, err, output)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// preflight runs the script on a machine that has these programs alone, besides a shell's own. One that is written NAME=STATUS ends with it.
func preflight(t *testing.T, programs ...string) (string, error) {
	t.Helper()
	h := newCheckout(t)
	h.write("rust-toolchain.toml", "", 0o644)
	h.write("scripts/dev/packages.sh", "#!/bin/bash\necho packages: $*\n", 0o755)
	for _, own := range []string{"bash", "dirname", "sort", "head", "timeout", "sha256sum"} {
		path, err := exec.LookPath(own)
		if err == nil {
			err = os.Symlink(path, filepath.Join(h.make("machine"), own))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range programs {
		name, status, _ := strings.Cut(program, "=")
		h.write("machine/"+name, "#!/bin/bash\n[[ $1 != env ]] || echo go1.26.1\nexit "+status+"\n", 0o755)
	}
	command := exec.Command(filepath.Join(h.folder, "machine/bash"), filepath.Join(h.folder, "scripts/dev/preflight.sh"), "test")
	command.Env = []string{"PATH=" + h.folder + "/machine", "HOME=" + h.folder, "CI=true"}
	output, err := command.CombinedOutput()
	return string(output), err
}

func TestPreflight_InstallsWhatDebianHasAndNamesTheRest(t *testing.T) {
	machine := strings.Fields("git make curl jq tar gzip file readelf go rustup cargo cc python3 docker apt-get sudo")
	without := func(names ...string) []string {
		return slices.DeleteFunc(slices.Clone(machine), func(name string) bool { return slices.Contains(names, name) })
	}
	if printed, err := preflight(t, machine...); err != nil || printed != "" {
		t.Errorf("all is there: got %v with %q", err, printed)
	}
	if printed, err := preflight(t, without("cc", "jq", "readelf")...); err != nil || printed != "packages: jq binutils gcc libc6-dev\n" {
		t.Errorf("got %v with %q", err, printed)
	}
	printed, err := preflight(t, without("go", "rustup", "jq")...)
	if err == nil || !strings.Contains(printed, "Go 1.26 or newer") || !strings.Contains(printed, "Rust by rustup") || strings.Contains(printed, "packages:") {
		t.Errorf("got %v with %q", err, printed)
	}
	printed, err = preflight(t, without("apt-get", "cc")...)
	if err == nil || !strings.Contains(printed, "sudo apt-get install gcc libc6-dev") || !strings.Contains(printed, "sudo apt-get install skopeo\n") || !strings.Contains(printed, "Chromium or Chrome") {
		t.Errorf("got %v with %q", err, printed)
	}
}

// On Ubuntu 24.04 a plain user has no user namespaces. A machine of CI lets itself be told to give them; on another the user is told how. Root of a container
// has none either, and no setting would help.
func TestPreflight_UserNamespacesAreGivenOrNamed(t *testing.T) {
	const restricted, may, mayNot = "[[ $1 != -n ]] || echo 1", "can_sudo() { true; }; ", "can_sudo() { false; }; "
	named := "user namespaces: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0\n"
	for name, trial := range map[string]struct{ id, sysctl, sudo, wants string }{
		"there are some":        {"echo 1000", restricted, "unshare() { true; }; " + mayNot, ""},
		"not restricted":        {"echo 1000", "echo 0", mayNot, ""},
		"no such setting":       {"echo 1000", "exit 255", mayNot, ""},
		"root of a container":   {"echo 0", restricted, mayNot, ""},
		"given by sudo":         {"echo 1000", restricted, may, ""},
		"sudo does not give it": {"echo 1000", restricted + "; [[ $1 == -n ]]", may, named},
		"no sudo":               {"echo 1000", restricted, mayNot, named},
	} {
		programs := map[string]string{"id": trial.id, "sysctl": trial.sysctl, "sudo": `shift; exec "$@"`, "unshare": "exit 1"}
		if said := part(t, "check_user_namespaces", "has() { true; }; "+trial.sudo+"goal=test; check_user_namespaces", programs); said != trial.wants {
			t.Errorf("%s: got %q", name, said)
		}
	}
}

// part runs one function of the preflight, on a machine that has these programs alone.
func part(t *testing.T, name, call string, programs map[string]string) string {
	t.Helper()
	h := newCheckout(t)
	for program, text := range programs {
		h.write("machine/"+program, "#!/bin/bash\n"+text+"\n", 0o755)
	}
	text, err := os.ReadFile("../../../scripts/dev/preflight.sh")
	if err != nil {
		t.Fatal(err)
	}
	function := regexp.MustCompile(`(?ms)^` + name + `\(\) \{.*?^\}$`).Find(text)
	command := exec.Command("bash", "-euc", `missing() { echo "$1: $2"; }`+"\n"+string(function)+"\n"+call)
	command.Env = []string{"PATH=" + h.folder + "/machine:/usr/bin:/bin"}
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v with %s", err, output)
	}
	return string(output)
}

// The root of the machine has no type, and a container's that was emptied has no process.
func TestPreflight_NamesAContainersControlGroupThatCannotHandOn(t *testing.T) {
	for _, machine := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"cgroup.procs": "1\n"}, ""},
		{map[string]string{"cgroup.procs": "", "cgroup.type": "domain\n"}, ""},
		{map[string]string{"cgroup.procs": "1\n", "cgroup.type": "domain\n"}, "mkdir %[1]s/init; xargs -rn1 <%[1]s/cgroup.procs >%[1]s/init/cgroup.procs"},
	} {
		root := t.TempDir()
		for name, text := range machine.files {
			if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := part(t, "check_groups", "check_groups "+root, nil)
		if want := strings.ReplaceAll(machine.want, "%[1]s", root); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%v: got %q", machine.files, got)
		}
	}
}

func TestPreflight_NamesTheModuleThatTheKernelLacks(t *testing.T) {
	call := "kernel veth 'ip link add a type veth peer name b'"
	programs := map[string]string{"sudo": `shift; exec "$@"`, "unshare": "true"}
	if got := part(t, "kernel", call, programs); got != "" {
		t.Errorf("it is there: got %q", got)
	}
	programs["unshare"] = "echo 'Error: Unknown device type.' >&2; exit 2"
	if got := part(t, "kernel", call, programs); !strings.Contains(got, "module veth") || !strings.Contains(got, "Unknown device type") {
		t.Errorf("got %q", got)
	}
}

// A toolchain of rustup's smallest profile, as GitHub's runners have it, comes without formatter and linter.
func TestScripts_FetchTheRustToolsThatTheyUse(t *testing.T) {
	users := 0
	for _, pattern := range []string{"scripts/*/*.sh", "*/*.sh"} {
		paths, err := filepath.Glob("../../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			use := regexp.MustCompile(`(?m)^[^#\n]*cargo (fmt|clippy) `).Find(text)
			if use == nil {
				continue
			}
			users++
			if !regexp.MustCompile(`(?m)^get_rust_tools$`).Match(text) {
				t.Errorf("%s runs %q and does not call get_rust_tools", path, use)
			}
		}
	}
	if users < 3 {
		t.Errorf("only %d scripts run cargo fmt or cargo clippy", users)
	}
}

func TestGetRustTools_FetchesWhatIsMissingAndNothingElse(t *testing.T) {
	for status, want := range map[string]string{"0": "", "1": "rustup toolchain install --profile minimal --no-self-update --component rustfmt,clippy 1.2.3\n"} {
		h := newCheckout(t)
		h.write("rust-toolchain.toml", "channel = \"1.2.3\"\n", 0o644)
		h.write("machine/rustfmt", "#!/bin/sh\n", 0o755)
		h.write("machine/cargo-clippy", "#!/bin/sh\nexit "+status+"\n", 0o755)
		h.write("machine/rustup", "#!/bin/sh\necho rustup $* >>"+h.folder+"/said\n", 0o755)
		h.write("said", "", 0o644)
		h.write("user.sh", "source \"$(dirname \"$0\")/scripts/lib.sh\"\nget_rust_tools\n", 0o644)
		command := exec.Command("bash", filepath.Join(h.folder, "user.sh"))
		command.Env = append(os.Environ(), "PATH="+h.folder+"/machine:"+os.Getenv("PATH"))
		if output, err := command.CombinedOutput(); err != nil || h.read("said") != want {
			t.Errorf("clippy ends with %s: %v with %q: want %q, have %q", status, err, output, want, h.read("said"))
		}
	}
}
