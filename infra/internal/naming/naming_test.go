package naming_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"mote/infra/internal/naming"
)

func TestABaseFitsTheNarrowestNameForAnyStack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stack := rapid.StringMatching(`[A-Za-z0-9_.-]{1,60}`).Draw(t, "stack")
		base := naming.Base("mote", stack)
		require.LessOrEqual(t, len(base), naming.MaxBase)
		require.Regexp(t, `^mote(-[a-z0-9]+)*$`, base)
	})
}

func TestTwoStacksNeverShareABase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stacks := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-c_.-]{1,24}`), 2, 2, rapid.ID[string]).Draw(t, "stacks")
		require.NotEqual(t, naming.Base("mote", stacks[0]), naming.Base("mote", stacks[1]))
	})
}

func TestAnOrdinaryNameIsKept(t *testing.T) {
	require.Equal(t, "mote-prod", naming.Base("mote", "prod"))
	require.Equal(t, "mote-twenty-characters", naming.Base("mote", "twenty-characters"))
}

func TestAPartOfAStackFitsAndIsLikeNoOther(t *testing.T) {
	require.Equal(t, "mote-prod-other", naming.Part("mote-prod", "other"))
	rapid.Check(t, func(t *rapid.T) {
		base := naming.Base("mote", rapid.StringMatching(`[a-c]{1,30}`).Draw(t, "stack"))
		part := naming.Part(base, "other")
		require.LessOrEqual(t, len(part), naming.MaxBase)
		require.NotEqual(t, base, part)
		another := naming.Base("mote", rapid.StringMatching(`[a-c]{1,30}`).Draw(t, "other stack"))
		require.Equal(t, base == another, part == naming.Part(another, "other"))
	})
}
