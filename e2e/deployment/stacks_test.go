package deployment

import (
	"flag"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
)

// beside is another rehearsal at the same time, with a port of its own, and a reaper as this one has.
func (r *rehearsal) beside(t *testing.T, name string) *rehearsal {
	t.Helper()
	other := &rehearsal{program: r.program, name: r.name + "-" + name, scratch: r.scratch, port: strconv.Itoa(freePort(t))}
	other.deployment = other.stacked(deploy.DefaultStack)
	release, err := other.withReaper()
	require.NoError(t, err)
	r.others = append(r.others, release)
	return other
}

// stacked is another stack of the rehearsal.
func (r *rehearsal) stacked(stack string) *deployment { return &deployment{in: r, stack: stack} }

// parallelStacks are the stacks beside the usual one. They are deployed at the same time as that, since each waits most of the time: one into what
// is existing, one whose settings change, two with images of other projects, and two environments into another local AWS, on a Docker engine that
// runs already.
type parallelStacks struct {
	theirs       existingResources
	existing     *deployment
	walk         *walk
	own          *rehearsal
	dev, staging *deployment
	engineBefore engineContents
}

var sharedStacks parallelStacks

// startAhead starts them before the first scenario that needs one, where all of those follow.
func startAhead(t *testing.T) {
	t.Helper()
	if flag.Lookup("test.run").Value.String() == "" {
		startStacks(t)
	}
}

// startStacks starts to deploy them, once.
func startStacks(t *testing.T) *parallelStacks {
	t.Helper()
	all := &sharedStacks
	if all.existing != nil {
		return all
	}
	r, first := shared, image(t, "first")
	_, err := r.run(t, "run", "true")
	require.NoError(t, err, "the local AWS was not started")
	r.begin(t)
	all.theirs = surround(t, r.status(t))
	all.engineBefore = contents(t, r.docker(t))
	all.existing = r.stacked("existing")
	all.existing.startUp(t, append(all.theirs.flags(), "-image", first, "-set", "message=first")...)

	all.walk = beginWalk(r.stacked("walk"), state(r.status(t), "walk"), first)

	startForeign(t)

	all.own = r.beside(t, "own")
	// For the second rehearsal, the first one's engine is the user's: it was there before and has containers of its own.
	all.own.engine = r.status(t).DockerHost
	all.dev, all.staging = all.own.stacked("dev"), all.own.stacked("staging")
	all.dev.startUp(t, "-image", first, "-set", "message=first")
	all.staging.startUp(t, "-image", first, "-set", "message=second")
	return all
}
