package deployment

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// steps are what the settings of a stack that serves change to, one after the other. Each changes several: what is replaced for one of
// them is replaced beside the others.
var steps = []struct {
	name     string
	settings []string
}{
	{"larger tasks in a third zone, behind NAT, with alarms", []string{
		"healthCheckIntervalSeconds=6", "egress=nat", "cpu=512", "memory=1024", "zones=3", "alarms=true", "alarmEmail=team@example.com",
		"dashboard=true", "containerInsights=enabled", `scalingSchedule=["cron(0 7 ? * MON-FRI *) 4 12"]`, "targetMemoryPercent=70",
	}},
	{"another port, Spot, endpoints, a domain", []string{
		"egress=endpoints", "containerPort=8081", "spotPercent=50", "alarms=true", "idleTimeoutSeconds=120", "logRetentionDays=7",
		"domain=walk.example.com", "selfSignedCertificate=true",
	}},
	{"back, but for the alarms, which must not be asked any more before they go", []string{"alarms=true", "rollbackOnAlarms=false"}},
	{"as at first", nil},
}

// walk is a stack whose settings change in the background while it is under load.
type walk struct {
	*deployment

	done    result          // of the load
	state   string          // Pulumi's, as a file
	kinds   map[string]bool // of resources that were there after one of the steps
	times   []string        // how long each step took
	refused string          // what was said of the strategy that the provider lacks
	over    chan error
}

// reached matches where the load balancer answers, as "up" says it.
var reached = regexp.MustCompile(`http://localhost:\d+/_alb/[^/\s]+/`)

// beginWalk deploys a stack and then changes its settings, in the background.
func beginWalk(d *deployment, state, image string) *walk {
	w := &walk{deployment: d, state: state, kinds: map[string]bool{}, over: make(chan error, 1)}
	d.flags = []string{"-image", image, "-set", "message=first"}
	go func() { w.over <- w.takeSteps() }()
	return w
}

func (w *walk) takeSteps() error {
	said, err := w.change(nil)
	if err != nil {
		return fmt.Errorf("first deployment: %w: %s", err, said)
	}
	load := startLoad(reached.FindString(said), 50)
	defer func() { w.done = load.end() }()
	for _, step := range steps {
		began := time.Now()
		if said, err := w.change(step.settings); err != nil {
			return fmt.Errorf("%s: %w: %s", step.name, err, said)
		}
		if err := w.note(); err != nil {
			return err
		}
		w.times = append(w.times, fmt.Sprintf("%s: %.0f s", step.name, time.Since(began).Seconds()))
	}
	if w.refused, err = w.change([]string{"deploymentStrategy=canary", "rollbackOnAlarms=false"}); err == nil {
		return errors.New("a strategy that the provider lacks was taken")
	}
	return nil
}

// note adds the kinds of resources that there are.
func (w *walk) note() error {
	text, err := os.ReadFile(w.state)
	if err != nil {
		return fmt.Errorf("read the stack's state: %w", err)
	}
	for _, found := range kind.FindAllSubmatch(text, -1) {
		w.kinds[string(found[1])] = true
	}
	return nil
}

// kind matches the type of a resource of AWS in Pulumi's state.
var kind = regexp.MustCompile(`"type": ?"aws:([^"]+)"`)

// change deploys with settings, and gives all that was said.
func (w *walk) change(settings []string) (string, error) {
	flags := append([]string{"up", "-name", w.in.name, "-stack", w.stack}, w.flags...)
	for _, setting := range settings {
		flags = append(flags, "-set", setting)
	}
	var said bytes.Buffer
	cmd := w.in.command(background, flags...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	_, _ = fmt.Fprintf(os.Stderr, "%s %s\n", w.stack, strings.ReplaceAll(strings.TrimSpace(said.String()), "\n", "\n"+w.stack+" "))
	return said.String(), err
}

func TestSettings_ChangeUnderLoadAndNoRequestFails(t *testing.T) {
	w := startStacks(t).walk
	require.NoError(t, <-w.over)
	done := w.done
	t.Logf("%s; %d requests in %.0f s, %d of them sent to HTTPS; slowest %d ms", strings.Join(w.times, "; "), done.asked, done.took.Seconds(),
		done.redirected, done.slowest.Milliseconds())
	require.Empty(t, done.failures)
	require.NotZero(t, done.redirected, "the domain was there for a while")
	require.Equal(t, done.asked, done.answers["first"]+done.redirected)
	require.Contains(t, w.refused, "deploymentStrategy=rolling")

	// The roles' tests rely on it: what is made here is judged by what it asked for.
	rehearsed, err := os.ReadFile(filepath.Join(os.Getenv("MOTE_ROOT"), "infra", "bootstrap", "account", "testdata", "rehearsed.txt"))
	require.NoError(t, err)
	require.Equal(t, strings.Fields(string(rehearsed)), slices.Sorted(maps.Keys(w.kinds)))

	made, before := w.resources(t), inventory(t, w.in.status(t))
	_, err = w.run(t, "destroy", w.flags...)
	require.NoError(t, err)
	requireGone(t, made, before, inventory(t, w.in.status(t)))
}
