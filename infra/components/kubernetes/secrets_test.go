package kubernetes_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const (
	token     = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mote/token-AbCdEf"
	parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/mote/url"
	secretKey = "arn:aws:kms:eu-central-1:123456789012:key/one"
	viewer    = "arn:aws:iam::123456789012:role/mote-prod-preview"
)

// secretive are a field of a secret, the whole of it in an earlier stage, and a parameter that two variables take.
var secretive = object{
	"secrets":            `["TOKEN=` + token + `:a\"b::","OLD=` + token + `::AWSPREVIOUS:","URL=` + parameter + `","ALIAS=` + parameter + `"]`,
	"secretsKmsKeyArn":   secretKey,
	"kubernetesViewArns": `["` + viewer + `"]`,
}

func with(more object) object {
	all := maps.Clone(secretive)
	maps.Copy(all, more)
	return all
}

// class is what the driver is told, and the Secret that it is to write.
func class(t testing.TB, r *pulumimocks.Recording) (name any, files []object, secret any) {
	t.Helper()
	content := the(t, r, "SecretProviderClass")
	parameters := at(t, content, "spec", "parameters").(object)
	require.Equal(t, "aws", at(t, content, "spec", "provider"))
	require.Equal(t, "true", parameters["usePodIdentity"])
	require.Equal(t, "eu-central-1", parameters["region"])
	require.NoError(t, json.Unmarshal([]byte(parameters["objects"].(string)), &files))
	require.Len(t, at(t, content, "spec", "secretObjects"), 1)
	return at(t, content, "metadata", "name"), files, at(t, content, "spec", "secretObjects", 0)
}

func TestSecrets_AreReadByExactARN(t *testing.T) {
	r := on(t, "prod", secretive)
	name, files, secret := class(t, r)
	require.Equal(t, []object{
		{"objectName": parameter, "objectAlias": "ALIAS"},
		{"objectName": token, "objectAlias": "OLD", "objectVersionLabel": "AWSPREVIOUS"},
		{"objectName": token, "objectAlias": "TOKEN.json", "jmesPath": []any{object{"path": `"a\"b"`, "objectAlias": "TOKEN"}}},
	}, files, "each once, and a key by a path in quotes")
	require.Equal(t, object{"secretName": name, "type": "Opaque", "data": []any{
		object{"objectName": "ALIAS", "key": "ALIAS"}, object{"objectName": "OLD", "key": "OLD"},
		object{"objectName": "TOKEN", "key": "TOKEN"}, object{"objectName": "ALIAS", "key": "URL"},
	}}, secret)
	var taken []string
	for _, one := range container(t, r)["env"].([]any) {
		if from, is := one.(object)["valueFrom"]; is {
			require.Equal(t, name, at(t, from, "secretKeyRef", "name"))
			require.Equal(t, at(t, one, "name"), at(t, from, "secretKeyRef", "key"))
			taken = append(taken, at(t, one, "name").(string))
		}
	}
	require.Equal(t, []string{"ALIAS", "OLD", "TOKEN", "URL"}, taken)
	allowed := map[string][]string{}
	for _, statement := range podStatements(t, r) {
		for _, action := range statement.Action {
			allowed[action] = statement.Resource
		}
	}
	require.Equal(t, map[string][]string{
		"secretsmanager:GetSecretValue": {token}, "ssm:GetParameters": {parameter}, "kms:Decrypt": {secretKey},
	}, allowed)
}

type statement struct{ Action, Resource []string }

func podStatements(t testing.TB, r *pulumimocks.Recording) []statement {
	t.Helper()
	var document struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(r.One(t, "iam/rolePolicy:RolePolicy").Inputs["policy"].(string)), &document))
	return document.Statement
}

func TestSecrets_NoneMayBeReadByDefault(t *testing.T) {
	r := on(t, "prod", object{"secretsKmsKeyArn": secretKey, "permissions": permitted})
	r.Of(t, "SecretProviderClass", 0)
	r.Of(t, "ClusterRole", 0)
	require.Equal(t, "metrics-server", r.One(t, "eks/addon:Addon").Inputs["addonName"], "nothing is installed for secrets")
	require.NotContains(t, pod(t, r), "volumes")
	require.Len(t, podStatements(t, r), 1)
	for _, one := range container(t, r)["env"].([]any) {
		require.NotContains(t, one, "valueFrom")
	}
}

// TestSecrets_AreMountedByTheDriver holds that the driver is asked, which it is only for what a container mounts, and is there before.
func TestSecrets_AreMountedByTheDriver(t *testing.T) {
	r := on(t, "prod", with(object{"scratchSpace": "true"}))
	addon := r.Named(t, "eks/addon:Addon", "mote-prod-secrets")
	require.Equal(t, "aws-secrets-store-csi-driver-provider", addon.Inputs["addonName"])
	require.JSONEq(t, `{"secrets-store-csi-driver":{"syncSecret":{"enabled":true}}}`, addon.Inputs["configurationValues"].(string))
	name, _, _ := class(t, r)
	require.Equal(t, object{"name": "secrets", "csi": object{
		"driver": "secrets-store.csi.k8s.io", "readOnly": true, "volumeAttributes": object{"secretProviderClass": name},
	}}, at(t, pod(t, r), "volumes", 1))
	require.Equal(t, object{"name": "secrets", "mountPath": "/mnt/secrets-store", "readOnly": true}, at(t, container(t, r), "volumeMounts", 1))
	require.Equal(t, "/tmp", at(t, container(t, r), "volumeMounts", 0, "mountPath"))
	require.True(t, follows(r.One(t, "SecretProviderClass"), "addon:Addon::mote-prod-secrets"), "the add-on brings the kind")
	require.True(t, follows(r.One(t, "SecretProviderClass"), ":Namespace::mote-prod"))
	require.True(t, follows(r.One(t, "Deployment"), ":SecretProviderClass::mote-prod"))
	require.True(t, follows(r.One(t, "Deployment"), "podIdentityAssociation:PodIdentityAssociation::mote-prod"))
	require.True(t, follows(addon, "addon:Addon::mote-prod-metrics-server"), "which is there when there are nodes")
	for _, rule := range at(t, the(t, r, "NetworkPolicy"), "spec", "egress").([]any) {
		require.NotContains(t, rule, "to", "the driver gets the credentials, and the service does not")
	}
}

// TestSecrets_ANewVersionReadsThemAnew holds that whatever makes new pods makes a new Secret, and that the one before stays for pods that are put back.
func TestSecrets_ANewVersionReadsThemAnew(t *testing.T) {
	named := func(changes object) string {
		name, _, _ := class(t, on(t, "prod", with(changes)))
		require.Regexp(t, `^mote-[0-9a-f]{10}$`, name)
		return name.(string)
	}
	names := []string{
		named(nil), named(object{"message": "hello"}), named(object{"cpu": "1024", "memory": "2048"}), named(object{"metricsPort": "0"}),
		named(object{"secrets": `["TOKEN=` + token + `"]`}), named(object{"secrets": `["TOKEN=` + parameter + `"]`}),
	}
	require.Equal(t, names[0], named(nil), "a preview would find a change")
	require.Equal(t, names[0], named(object{"maxTasks": "7"}), "the pods stay")
	slices.Sort(names)
	require.Len(t, slices.Compact(names), 6)
	require.True(t, on(t, "prod", secretive).One(t, "SecretProviderClass").Options.GetRetainOnDelete())
}

// TestSecrets_AreNotShownToThoseWhoView keeps the role of previews from what AWS's wider policy shows it.
func TestSecrets_AreNotShownToThoseWhoView(t *testing.T) {
	r := on(t, "prod", secretive)
	shown := r.Named(t, "eks/accessPolicyAssociation:AccessPolicyAssociation", "mote-prod-view-1").Inputs
	require.Equal(t, viewer, shown["principalArn"])
	require.Equal(t, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", shown["policyArn"])
	require.Equal(t, []any{"mote-prod-viewers"}, r.Named(t, "eks/accessEntry:AccessEntry", "mote-prod-view-1").Inputs["kubernetesGroups"])
	require.NotContains(t, r.Named(t, "eks/accessEntry:AccessEntry", "mote-prod-admin-1").Inputs, "kubernetesGroups")
	binding := the(t, r, "ClusterRoleBinding")
	require.Equal(t, "mote-prod-viewers", at(t, binding, "subjects", 0, "name"))
	require.Equal(t, at(t, the(t, r, "ClusterRole"), "metadata", "name"), at(t, binding, "roleRef", "name"))
	shows := map[string]bool{}
	for _, rule := range at(t, the(t, r, "ClusterRole"), "rules").([]any) {
		require.Equal(t, []any{"get", "list", "watch"}, at(t, rule, "verbs"))
		for _, kind := range at(t, rule, "resources").([]any) {
			shows[kind.(string)] = true
		}
	}
	require.NotContains(t, shows, "secrets")
	require.NotContains(t, shows, "*")
	for _, one := range r.Resources {
		kind, custom := strings.CutPrefix(one.Type, "kubernetes:")
		if group, kind, _ := strings.Cut(kind, "/v1:"); custom && !strings.Contains(standard, group+" ") {
			require.True(t, shows[plural(kind)], "a preview reads each %s", kind)
		}
	}
	on(t, "prod", with(object{"kubernetesViewArns": "[]"})).Of(t, "ClusterRole", 0)
}

// standard are the groups that AmazonEKSViewPolicy shows: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
const standard = "core apps networking.k8s.io policy autoscaling autoscaling/v2:HorizontalPodAutoscaler "

func plural(kind string) string {
	if strings.HasSuffix(kind, "ss") {
		return strings.ToLower(kind) + "es"
	}
	return strings.ToLower(kind) + "s"
}
