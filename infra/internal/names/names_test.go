package names_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/mote-dev/mote/infra/internal/names"
)

func TestNames_BaseFitsTheNarrowestName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stack := rapid.StringMatching(`[A-Za-z0-9_.-]{1,60}`).Draw(t, "stack")
		base := names.Base("shop", stack)
		require.LessOrEqual(t, len(base), names.MaxBase)
		require.Regexp(t, `^shop(-[a-z0-9]+)*$`, base)
	})
}

func TestNames_TwoStacksNeverShareABase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stacks := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-c_.-]{1,24}`), 2, 2, rapid.ID[string]).Draw(t, "stacks")
		require.NotEqual(t, names.Base("shop", stacks[0]), names.Base("shop", stacks[1]))
	})
}

func TestNames_AllBasesBeginWithThePrefix(t *testing.T) {
	require.Equal(t, "shop-", names.Prefix("shop"))
	require.Equal(t, "a-name-of-nineteen", names.Prefix("a-name-of-nineteen-"), "a base ends in no hyphen where it is cut")
	rapid.Check(t, func(t *rapid.T) {
		project := rapid.StringMatching(`[a-z]([a-z0-9]|-[a-z0-9]){0,12}`).Draw(t, "project")
		stack := rapid.StringMatching(`[A-Za-z0-9_.-]{1,20}`).Draw(t, "stack")
		require.True(t, strings.HasPrefix(names.Base(project, stack), names.Prefix(project)), "%s of %s", names.Base(project, stack), project)
	})
}

func TestNames_OrdinaryNamesAreKept(t *testing.T) {
	require.Equal(t, "shop-prod", names.Base("shop", "prod"))
	require.Equal(t, "shop-twenty-characters", names.Base("shop", "twenty-characters"))
}

func TestNames_PartsFitAndDiffer(t *testing.T) {
	require.Equal(t, "shop-prod-other", names.Part("shop-prod", "other"))
	rapid.Check(t, func(t *rapid.T) {
		base := names.Base("shop", rapid.StringMatching(`[a-c]{1,30}`).Draw(t, "stack"))
		part := names.Part(base, "other")
		require.LessOrEqual(t, len(part), names.MaxBase)
		require.NotEqual(t, base, part)
		another := names.Base("shop", rapid.StringMatching(`[a-c]{1,30}`).Draw(t, "other stack"))
		require.Equal(t, base == another, part == names.Part(another, "other"))
	})
}
