package deployment

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

func TestDeploy_NewVersionUnderLoadFailsNoRequest(t *testing.T) {
	r := deployed(t)
	old := r.output(t, "imageDigest")
	load := startLoad(r.url(t), 50)
	time.Sleep(3 * time.Second)
	began := time.Now()
	r.up(t, "-image", image(t, "second"), "-set", "message=second")
	took := time.Since(began)
	require.NotEqual(t, old, r.output(t, "imageDigest"))
	_, body := get(t, r.url(t))
	require.Contains(t, body, "second")
	// Old tasks are stopped after the deployment is steady; that must not be noticed either.
	time.Sleep(5 * time.Second)
	done := load.end()
	t.Logf("live after %.1f s; %d requests in %.1f s: %d answered by the first version, %d by the second; slowest %d ms",
		took.Seconds(), done.asked, done.took.Seconds(), done.answers["first"], done.answers["second"], done.slowest.Milliseconds())
	require.Empty(t, done.failures)
	// A busy machine drops some of the ticks.
	require.Greater(t, float64(done.asked), 0.5*50*done.took.Seconds(), "the load must have been steady")
	require.NotZero(t, done.answers["first"])
	require.NotZero(t, done.answers["second"])
}

// replacement matches what a preview says of a resource that would be replaced or removed.
var replacement = regexp.MustCompile(`would be (?:replacing|removing)[^:]*the ([a-z ]+) [^ ]+:`)

func TestDeploy_EarlierReleaseIsUpgradedWithoutReplacement(t *testing.T) {
	r := deployed(t)
	// A change that cannot be made in place, and what follows from it, must be found.
	planted := replaced(t, r.deployment, append(slices.Clone(r.flags), "-set", "loadBalancerName=another")...)
	require.Contains(t, planted, "load balancer")
	require.Contains(t, planted, "listener")

	releases := globbed("testdata/stack-*.json")
	t.Logf("%d releases have left a state", len(releases))
	for _, file := range releases {
		d := r.stacked("release")
		imported(t, d, file)
		flags := []string{"-image", image(t, "second"), "-set", "registryEndpoint=registry.example"}
		require.Empty(t, replaced(t, d, flags...), file)
		require.NotContains(t, d.log.String(), "would be making the load balancer", "the release has one")
		_, err := pulumi(t, d, "stack", "rm", "--force", "--yes", "--stack", d.stack)
		require.NoError(t, err)
	}
}

// replaced lists the kinds of resources that an up would replace or remove, less those that AWS itself keeps as revisions.
func replaced(t *testing.T, d *deployment, flags ...string) []string {
	t.Helper()
	out, err := d.run(t, "preview", flags...)
	said := d.log.String()
	if err == nil {
		require.Contains(t, out, "no change")
	} else {
		require.Contains(t, said, "there are changes", "the preview itself must succeed")
	}
	var kinds []string
	for _, found := range replacement.FindAllStringSubmatch(said, -1) {
		if found[1] != "task definition" {
			kinds = append(kinds, found[1])
		}
	}
	return kinds
}

// imported gives the stack the state in a file. The resources in it are nowhere: a preview compares them with what the program wants.
func imported(t *testing.T, d *deployment, file string) {
	t.Helper()
	_, err := pulumi(t, d, "stack", "init", d.stack)
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var state struct {
		Version    int            `json:"version"`
		Deployment map[string]any `json:"deployment"`
	}
	require.NoError(t, json.Unmarshal(text, &state))
	state.Deployment["secrets_providers"] = map[string]any{"type": "passphrase", "state": map[string]string{"salt": salt(t, d)}}
	text, err = json.Marshal(state)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "state.json")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	_, err = pulumi(t, d, "stack", "import", "--stack", d.stack, "--file", path)
	require.NoError(t, err)
	require.Greater(t, len(d.resources(t)), 30, "the state of a whole stack")
}

// salt is what Pulumi mixes into the passphrase of a stack, without which it keeps no secret.
func salt(t *testing.T, d *deployment) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(workspace(t, d), "Pulumi."+d.stack+".yaml"))
	require.NoError(t, err)
	var settings struct{ Encryptionsalt string }
	require.NoError(t, yaml.Unmarshal(text, &settings))
	require.NotEmpty(t, settings.Encryptionsalt)
	return settings.Encryptionsalt
}

// workspace is the folder that Pulumi works in for a stack.
func workspace(t *testing.T, d *deployment) string {
	t.Helper()
	return filepath.Join(d.in.status(t).Folder, "pulumi", "workspaces", d.stack)
}

// pulumi runs Pulumi's own program for a stack.
func pulumi(t *testing.T, d *deployment, arguments ...string) (string, error) {
	t.Helper()
	return d.run(t, "run", append([]string{"pulumi", "--non-interactive", "-C", workspace(t, d)}, arguments...)...)
}
