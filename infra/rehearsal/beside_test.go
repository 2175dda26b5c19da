//go:build rehearsal

package main

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"mote/infra/rehearsal/deploy"
)

// beside is another rehearsal at the same time, with a port of its own.
func (r *rehearsal) beside(t *testing.T, name string) *rehearsal {
	t.Helper()
	other := &rehearsal{program: r.program, name: r.name + "-" + name, scratch: r.scratch, port: strconv.Itoa(freePort(t))}
	other.deployment = other.stacked(deploy.Usual)
	release, err := other.guarded()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, release()) })
	return other
}

// stacked is another stack of the rehearsal.
func (r *rehearsal) stacked(stack string) *deployment { return &deployment{in: r, stack: stack} }
