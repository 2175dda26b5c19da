package iampolicy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAllows_DecidesAsAWS(t *testing.T) {
	policy := []Statement{
		{Sid: "Own", Effect: "Allow", Action: []string{"ecs:UpdateService"}, Resource: []string{"service/a/*-b"}},
		{
			Sid: "Tagged", Effect: "Allow", Action: []string{"ec2:DeleteVpc"}, Resource: []string{"vpc/*"},
			Condition: Condition{"StringEquals": {"aws:ResourceTag/stack": {"dev", "test"}, "aws:ResourceTag/project": {"mote"}}},
		},
		{Sid: "Untagged", Effect: "Allow", Action: []string{"ec2:CreateTags"}, Resource: []string{"*"}, Condition: Condition{"Null": {"tag": {"true"}}}},
		{Sid: "Never", Effect: "Deny", Action: []string{"*"}, Resource: []string{"*"}, Condition: Condition{"StringEquals": {"tls": {"false"}}}},
	}
	whole := map[string]string{"aws:ResourceTag/stack": "dev", "aws:ResourceTag/project": "mote"}
	for _, test := range []struct {
		action, resource string
		keys             map[string]string
		by               []string
	}{
		{"ecs:UpdateService", "service/a/x-b", nil, []string{"Own"}},
		{"ecs:UpdateService", "service/a/x-b-b", nil, []string{"Own"}},
		{"ecs:UpdateService", "service/a/x-c", nil, nil},
		{"ecs:UpdateService", "service/b/x-b", nil, nil},
		{"ecs:UpdateServicePrimary", "service/a/x-b", nil, nil},
		{"ecs:UpdateService", "service/a/x-b", map[string]string{"tls": "false"}, nil},
		{"ec2:DeleteVpc", "vpc/1", whole, []string{"Tagged"}},
		{"ec2:DeleteVpc", "vpc/1", map[string]string{"aws:ResourceTag/stack": "dev"}, nil},
		{"ec2:DeleteVpc", "vpc/1", map[string]string{"aws:ResourceTag/stack": "prod", "aws:ResourceTag/project": "mote"}, nil},
		{"ec2:CreateTags", "sg", nil, []string{"Untagged"}},
		{"ec2:CreateTags", "sg", map[string]string{"tag": ""}, nil},
	} {
		by, err := Allows(policy, Request{test.action, test.resource, test.keys})
		require.NoError(t, err)
		require.Equal(t, test.by, by, "%s %s %v", test.action, test.resource, test.keys)
	}
}

func TestAllows_AnUnknownOperatorIsAnErrorAndNoGuess(t *testing.T) {
	policy := []Statement{{Sid: "Loose", Effect: "Allow", Condition: Condition{"StringLike": {"key": {"*"}}}}}
	_, err := Allows(policy, Request{})
	require.ErrorContains(t, err, "statement Loose: the operator StringLike is not known here")
}
