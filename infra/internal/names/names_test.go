package names_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/mote-dev/mote/infra/internal/names"
)

func TestNames_BaseFitsTheNarrowestName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stack := rapid.StringMatching(`[A-Za-z0-9_.-]{1,60}`).Draw(t, "stack")
		base := names.Base("mote", stack)
		require.LessOrEqual(t, len(base), names.MaxBase)
		require.Regexp(t, `^mote(-[a-z0-9]+)*$`, base)
	})
}

func TestNames_TwoStacksNeverShareABase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stacks := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-c_.-]{1,24}`), 2, 2, rapid.ID[string]).Draw(t, "stacks")
		require.NotEqual(t, names.Base("mote", stacks[0]), names.Base("mote", stacks[1]))
	})
}

func TestNames_OrdinaryNamesAreKept(t *testing.T) {
	require.Equal(t, "mote-prod", names.Base("mote", "prod"))
	require.Equal(t, "mote-twenty-characters", names.Base("mote", "twenty-characters"))
}

func TestNames_PartsFitAndDiffer(t *testing.T) {
	require.Equal(t, "mote-prod-other", names.Part("mote-prod", "other"))
	rapid.Check(t, func(t *rapid.T) {
		base := names.Base("mote", rapid.StringMatching(`[a-c]{1,30}`).Draw(t, "stack"))
		part := names.Part(base, "other")
		require.LessOrEqual(t, len(part), names.MaxBase)
		require.NotEqual(t, base, part)
		another := names.Base("mote", rapid.StringMatching(`[a-c]{1,30}`).Draw(t, "other stack"))
		require.Equal(t, base == another, part == names.Part(another, "other"))
	})
}
