package offline_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

// TestModules_NameTheSameVersions holds that what the modules of this folder and the infrastructure's share is compiled once: a first "make up" waits for that.
// Pulumi's own SDK is older in the bridge, which was written for it.
func TestModules_NameTheSameVersions(t *testing.T) {
	versions := map[string]string{}
	for _, folder := range []string{"../../infra", ".", "cli", "bridge"} {
		text, err := os.ReadFile(folder + "/go.mod")
		require.NoError(t, err)
		file, err := modfile.Parse(folder, text, nil)
		require.NoError(t, err)
		require.NotEmpty(t, file.Require)
		for _, one := range file.Require {
			own := folder == "bridge" && strings.HasPrefix(one.Mod.Path, "github.com/pulumi/pulumi/")
			if before, seen := versions[one.Mod.Path]; seen && !own {
				require.Equal(t, before, one.Mod.Version, "%s in %s: go -C tools/pulumi-offline/%s get %s@%s", one.Mod.Path, folder, folder, one.Mod.Path, before)
			} else if !own {
				versions[one.Mod.Path] = one.Mod.Version
			}
		}
	}
}
