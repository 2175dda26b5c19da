package account

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/mote-dev/mote/infra/internal/project"
)

func TestBootstrap_OnlyTheRepositoryHasToBeNamed(t *testing.T) {
	_, err := try(t, map[string]string{"repository": "", "ownerId": "0", "repositoryId": "0"})
	require.ErrorContains(t, err, "settings to correct, 3:")
	made(t, nil)
}

func TestBootstrap_EverySettingIsTypedAndDescribed(t *testing.T) {
	described, err := project.Settings("..")
	require.NoError(t, err)
	require.Len(t, described, 12)
	for key, setting := range described {
		require.NotEmpty(t, setting.Type, key)
		require.NotNil(t, setting.Default, key)
		require.Greater(t, len(setting.Description), 40, key)
		_, err := try(t, map[string]string{key: "\x00"})
		require.ErrorContains(t, err, namespace+":"+key, "it is described and never read")
	}
}

func TestBootstrap_MistakesNameTheSettingAndWhatWouldBeRight(t *testing.T) {
	for _, test := range []struct{ key, value, right string }{
		{"repository", "mote", "as owner/name"},
		{"repository", "https://github.com/me/mote", "as owner/name"},
		{"repository", "me/*", "as owner/name"},
		{"ownerId", "me", "a whole number from 1"},
		{"repositoryId", "-1", "a whole number from 1"},
		{"environments", "dev", "a list of texts"},
		{"environments", "[]", "at least one environment, such as dev"},
		{"environments", `["Dev"]`, "1 to 20 of a-z, 0-9 and -, a letter first"},
		{"environments", `["dev*"]`, "1 to 20 of a-z, 0-9 and -, a letter first"},
		{"environments", `["preview-dev"]`, "not begin with preview-"},
		{"environments", `["dev","dev"]`, "one of them needs another name"},
		{"environments", `["d-e","d"]`, "one of them needs another name"},
		{"existing", `["dev=team/mote"]`, "each must be ENVIRONMENT=ARN"},
		{"existing", `["arn:aws:ecr:eu-central-1:123456789012:repository/team/mote"]`, "each must be ENVIRONMENT=ARN"},
		{"existing", `["test=arn:aws:ecr:eu-central-1:123456789012:repository/team/mote"]`, "one of mote-bootstrap:environments"},
		{"existing", `["dev=arn:aws:ecr:eu-central-1:123456789012:repository/*"]`, "without a wildcard"},
		{"existing", `["dev=arn:aws:s3:::bucket"]`, "secret, parameter or key"},
		{"ownNames", `["dev=team/mote"]`, "each must be ENVIRONMENT=KIND/NAME"},
		{"ownNames", `["test=repository/team/mote"]`, "one of mote-bootstrap:environments"},
		{"ownNames", `["dev=loadbalancer/*"]`, "without a wildcard"},
		{"ownNames", `["dev=loadbalancer/a","dev=loadbalancer/b"]`, "dev has a loadbalancer already"},
		{"ownNames", `["dev=loadbalancer/a","prod=loadbalancer/a"]`, "the name is one of dev's"},
		{"ownNames", `["dev=loadbalancer/mote-prod-a"]`, "the name is one of prod's"},
		{"ownNames", `["dev=repository/mote-prod"]`, "the name is one of prod's"},
		{"permissions", `["test=s3:GetObject on arn:aws:s3:::notes/a"]`, "one of mote-bootstrap:environments"},
		{"permissions", `["dev=s3:GetObject on arn:aws:s3:::notes/*"]`, "because REASON"},
		{"permissions", `["dev=s3:GetObject arn:aws:s3:::notes/a"]`, "it must be ACTION [ACTION ...] on ARN"},
		{"managedObservability", "dev", "a list of texts"},
		{"kubernetes", "dev", "a list of texts"},
		{"kubernetes", `["test"]`, "one of mote-bootstrap:environments"},
		{"managedObservability", `["test"]`, "one of mote-bootstrap:environments"},
		{"existingProvider", "yes", "true, false"},
		{"oldVersionDays", "0", "from 1 to 3650"},
		{"deletionProtection", "on", "true, false"},
	} {
		_, err := try(t, map[string]string{test.key: test.value})
		require.ErrorContains(t, err, "settings to correct, 1:\n  "+namespace+":"+test.key+" ", test.value)
		require.ErrorContains(t, err, test.right, test.value)
	}
}

func TestBootstrap_AllMistakesAreListedAtOnce(t *testing.T) {
	_, err := try(t, map[string]string{"repository": "x", "ownerId": "x", "existingProvider": "x", "oldVersionDays": "x"})
	require.ErrorContains(t, err, "settings to correct, 4:")
}

// environmentNames are such as the program takes.
var environmentNames = rapid.StringMatching(`[a-z][a-z0-9-]{0,19}`).Filter(func(name string) bool {
	return !strings.HasPrefix(name, previewPrefix)
})

func TestBootstrap_RefusesEnvironmentsWhoseNamesBeginAlike(t *testing.T) {
	// Short ones: longer names than AWS takes end in a digest, and then none begins like another.
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.StringMatching(`[a-c]`).Draw(t, "one")
		other := rapid.StringMatching(`[a-c](-[a-c])?`).Draw(t, "other")
		_, err := try(t, map[string]string{"environments": `["` + one + `","` + other + `"]`})
		require.Equal(t, one != other && !strings.HasPrefix(other, one+"-"), err == nil, "%v", err)
	})
}
