package account

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

func TestBootstrap_StateIsEncryptedWithARotatingKeyOfTheAccount(t *testing.T) {
	r := made(t, nil)
	key := r.One(t, "kms/key:Key")
	require.Equal(t, true, key.Inputs["enableKeyRotation"])
	require.EqualValues(t, 30, key.Inputs["deletionWindowInDays"])
	require.Equal(t, "alias/mote-state", r.One(t, "kms/alias:Alias").Inputs["name"])
	rules := r.One(t, "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration").Inputs["rules"].([]any)
	require.Len(t, rules, 1)
	rule := rules[0].(map[string]any)
	require.Equal(t, true, rule["bucketKeyEnabled"])
	require.Equal(t, map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": r.Outputs["key"]}, rule["applyServerSideEncryptionByDefault"])
}

func TestBootstrap_OldVersionsOfStateStayForAStatedTime(t *testing.T) {
	r := made(t, map[string]string{"oldVersionDays": "7"})
	versioning := r.One(t, "s3/bucketVersioning:BucketVersioning").Inputs["versioningConfiguration"]
	require.Equal(t, map[string]any{"status": "Enabled"}, versioning)
	rules := r.One(t, "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").Inputs["rules"].([]any)
	require.Len(t, rules, 1)
	rule := rules[0].(map[string]any)
	require.Equal(t, "Enabled", rule["status"])
	require.Equal(t, map[string]any{"noncurrentDays": 7.0}, rule["noncurrentVersionExpiration"])
	require.NotContains(t, rule, "expiration", "what is current never expires")
}

func TestBootstrap_StateHasItsLayoutBeforeAReadOnlyRoleOpensIt(t *testing.T) {
	r := made(t, nil)
	keys := map[any]bool{}
	for _, object := range r.Of(t, "s3/bucketObjectv2:BucketObjectv2", 3) {
		require.Equal(t, "version: 1\n", object.Inputs["content"])
		require.Contains(t, strings.Join(object.Options.GetDependencies(), " "), "BucketServerSideEncryptionConfiguration", "it is encrypted as all state is")
		keys[object.Inputs["key"]] = true
	}
	require.Equal(t, map[any]bool{"dev/.pulumi/meta.yaml": true, "staging/.pulumi/meta.yaml": true, "prod/.pulumi/meta.yaml": true}, keys)
	for environment := range map[string]bool{"dev": true, "staging": true, "prod": true} {
		file := bucket + "/" + environment + "/.pulumi/meta.yaml"
		require.True(t, may(t, r, "github-mote-preview-"+environment, "s3:GetObject", file, nil))
		require.False(t, may(t, r, "github-mote-preview-"+environment, "s3:PutObject", file, nil))
	}
}

func TestBootstrap_StateIsNeverPublic(t *testing.T) {
	block := made(t, nil).One(t, "s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
	for _, how := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		require.Equal(t, true, block.Inputs[how], how)
	}
}

func TestBootstrap_StateIsReachedByTLSOnly(t *testing.T) {
	r := made(t, nil)
	const arn = "arn:aws:s3:::mote-state-123456789012-eu-central-1"
	require.Equal(t, []iampolicy.Statement{{
		Sid: "OnlyWithTLS", Effect: "Deny", Principal: map[string][]string{"AWS": {"*"}}, Action: []string{"s3:*"},
		Resource: []string{arn, arn + "/*"}, Condition: iampolicy.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
	}}, statements(t, r.One(t, "s3/bucketPolicy:BucketPolicy").Inputs["policy"]))
	require.Equal(t, "mote-state-123456789012-eu-central-1", r.One(t, "s3/bucket:Bucket").Inputs["bucket"])
}

func TestBootstrap_StateAndKeyAreProtectedUntilASettingLiftsIt(t *testing.T) {
	for setting, protected := range map[string]bool{"true": true, "false": false} {
		r := made(t, map[string]string{"deletionProtection": setting})
		for _, kind := range []string{"s3/bucket:Bucket", "kms/key:Key", "kms/alias:Alias"} {
			require.Equal(t, protected, r.One(t, kind).Options.GetProtect(), kind)
		}
		require.Equal(t, !protected, r.One(t, "s3/bucket:Bucket").Inputs["forceDestroy"])
	}
}

func TestBootstrap_EverythingIsTagged(t *testing.T) {
	tagged := 0
	for _, one := range made(t, nil).Resources {
		if tags, is := one.Inputs["tags"].(map[string]any); is {
			tagged++
			require.Equal(t, namespace, tags["project"], one.Name)
		}
	}
	// Key, bucket, provider, and for each environment two roles, six policies and a file.
	require.Equal(t, 3+3*9, tagged)
}
