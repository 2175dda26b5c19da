package deployment

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/docker"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
)

// environments are dev and staging in one local AWS, each with the settings of its own file.
func environments(t *testing.T) *parallelStacks {
	t.Helper()
	all := startStacks(t)
	all.dev.waitUp(t)
	all.staging.waitUp(t)
	return all
}

func TestEnvironments_ServeSideBySideAndEachGoesAlone(t *testing.T) {
	all := environments(t)
	s := all.own.status(t)
	for d, want := range map[*deployment]struct {
		answer    string
		tasks     int
		retention string
	}{all.dev: {"first", 1, `"retentionInDays": 7`}, all.staging: {"second", 2, `"retentionInDays": 14`}} {
		status, body := get(t, d.url(t))
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, body, want.answer, d.stack)
		require.Len(t, d.containers(t), want.tasks, "as Pulumi.%s.yaml says", d.stack)
		groups := s.ask(t, listing{"logs", "Logs_20140328.DescribeLogGroups", `{"logGroupNamePrefix":"` + d.output(t, "logGroup") + `"}`})
		require.Contains(t, groups, want.retention, d.stack)
	}
	for id, kind := range ids(t, all.dev) {
		require.NotContains(t, ids(t, all.staging), id, "both have the %s", kind)
	}

	load := startLoad(all.staging.url(t), 50)
	made, before := all.dev.resources(t), inventory(t, s)
	_, err := all.dev.run(t, "destroy", all.dev.flags...)
	require.NoError(t, err)
	requireGone(t, made, before, inventory(t, s))
	time.Sleep(time.Second)
	done := load.end()
	require.Empty(t, done.failures, "staging must not notice")
	require.Equal(t, done.asked, done.answers["second"])
	for id, kind := range ids(t, all.staging) {
		require.Contains(t, before, id, kind)
	}
	out, err := all.staging.run(t, "preview", all.staging.flags...)
	require.NoError(t, err, out)
}

// ids are those of a stack's resources in AWS that can be listed there, each with its type.
func ids(t *testing.T, d *deployment) map[string]string {
	t.Helper()
	listed, found := inventory(t, d.in.status(t)), map[string]string{}
	for _, one := range d.resources(t) {
		if one.Custom && one.ID != "" && strings.Contains(listed, one.ID) {
			found[one.ID] = one.Type
		}
	}
	require.GreaterOrEqual(t, len(found), 15, "the resources of stack %s", d.stack)
	return found
}

// engineContents are what a Docker engine has, each kind as a set of lines.
type engineContents map[string][]string

// changing matches the names of the stacks that are in the user's engine, the usual one among them: their own scenarios replace tasks at any time.
var changing = regexp.MustCompile(`/mote-(rehearsal|existing|walk|flask|healthz)\b`)

// contents lists it, less what other scenarios may change there at the same time.
func contents(t *testing.T, docker docker.Engine) engineContents {
	t.Helper()
	all := engineContents{}
	for kind, command := range map[string][]string{
		"containers": {"ps", "--all", "--no-trunc", "--format", `{{.ID}} {{.Label "com.amazonaws.ecs.cluster"}}`},
		"images":     {"images", "--digests", "--format", "{{.Repository}}@{{.Digest}}"},
		// Those of a container go with it; another stack's task may have one meanwhile.
		"volumes":  {"volume", "ls", "--filter", "dangling=true", "--format", "{{.Name}}"},
		"networks": {"network", "ls", "--format", "{{.Name}}"},
	} {
		lines, err := docker.Lines(t.Context(), command...)
		require.NoError(t, err)
		all[kind] = slices.DeleteFunc(lines, func(line string) bool {
			return strings.HasSuffix(line, "cluster/"+theirCluster) || changing.MatchString(line)
		})
	}
	return all
}

func TestLocalAWS_UsersOwnDockerIsUsedAndLeftAsItWas(t *testing.T) {
	all := environments(t)
	usual := deployed(t)
	s, docker := all.own.status(t), usual.docker(t)
	require.Equal(t, docker.Host, s.DockerHost)
	startStacks(t).existing.waitUp(t)
	mark := strings.TrimPrefix(s.Shim, "http://")
	theirs := strings.Join(contents(t, docker)["images"], "\n")
	require.Contains(t, theirs, mark, "what is looked for must be visible while it is there")
	require.Contains(t, all.dev.upLog+all.staging.upLog, "Using your Docker engine at "+docker.Host)

	who, err := all.own.run(t, "run", "id", "-u")
	require.NoError(t, err)
	require.NotEqual(t, "0", strings.TrimSpace(who), "a user who could start an engine would show nothing")

	tasks := usual.containers(t)
	require.NotEmpty(t, tasks)
	_, err = all.own.run(t, "down")
	require.NoError(t, err)
	require.True(t, docker.Answers(t.Context()), "the engine goes on")
	require.Empty(t, process.Marked(s.Folder), "processes")
	require.NoDirExists(t, s.Folder)
	after := contents(t, docker)
	require.NotContains(t, strings.Join(after["images"], "\n"), mark)
	for kind, lines := range after {
		require.ElementsMatch(t, all.engineBefore[kind], lines, kind)
	}
	require.ElementsMatch(t, tasks, usual.containers(t), "tasks of another rehearsal")
	status, _ := get(t, usual.url(t))
	require.Equal(t, http.StatusOK, status, "and so does what ran on it before")
}
