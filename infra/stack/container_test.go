package stack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	notes     = "arn:aws:dynamodb:eu-central-1:123456789012:table/notes"
	permitted = `["dynamodb:GetItem dynamodb:PutItem on ` + notes + `"]`
)

// foreign are the settings of an image of another project.
var foreign = map[string]string{
	"serviceSettings": "false", "healthCheckCommand": `["NONE"]`, "containerPort": "80", "command": `["serve","--port","80"]`,
	"environment": `["GREETING=hello"]`, "user": "", "readOnlyRoot": "true", "scratchSpace": "true",
}

func TestTask_RunsAnotherProjectsImageAsItIsTold(t *testing.T) {
	r := deployed(t, trial{changes: foreign})
	container := theContainer(t, r)
	require.Equal(t, []any{"serve", "--port", "80"}, container["command"])
	require.Equal(t, []any{map[string]any{"name": "GREETING", "value": "hello"}}, container["environment"])
	require.NotContains(t, container, "healthCheck")
	require.NotContains(t, container, "user")
	require.Equal(t, []any{map[string]any{"sourceVolume": "scratch", "containerPath": "/tmp", "readOnly": false}}, container["mountPoints"])
	require.Equal(t, []any{map[string]any{"name": "scratch"}}, r.One(t, definition).Inputs["volumes"])
	require.Equal(t, []any{map[string]any{"namespace": "net.ipv4.ip_unprivileged_port_start", "value": "80"}}, container["systemControls"])
}

func TestTask_HasNoVolumeAndNoSystemControlByDefault(t *testing.T) {
	r := deployed(t, trial{})
	for _, absent := range []string{"mountPoints", "systemControls", "command"} {
		require.NotContains(t, theContainer(t, r), absent)
	}
	require.NotContains(t, r.One(t, definition).Inputs, "volumes")
}

func TestTask_RootFileSystemAndHealthCheckAreAsChosen(t *testing.T) {
	container := theContainer(t, deployed(t, trial{changes: map[string]string{
		"readOnlyRoot": "false", "user": "app:app", "healthCheckCommand": `["CMD-SHELL","curl -f localhost"]`,
	}}))
	require.Equal(t, false, container["readonlyRootFilesystem"])
	require.Equal(t, "app:app", container["user"])
	require.Equal(t, []any{"CMD-SHELL", "curl -f localhost"}, container["healthCheck"].(map[string]any)["command"])
}

func TestRoles_TaskMayDoWhatIsPermittedAndNoMore(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"permissions": permitted, "permissionsBoundary": "bounds"}})
	one := r.Named(t, "iam/rolePolicy:RolePolicy", "mote-dev-task")
	require.Contains(t, one.Inputs["role"], "mote-dev-task")
	statements := parse(t, one.Inputs["policy"])
	require.Len(t, statements, 1)
	require.Equal(t, []string{"dynamodb:GetItem", "dynamodb:PutItem"}, statements[0].Action)
	require.Equal(t, []string{notes}, statements[0].Resource)
	require.True(t, follows(r.One(t, ecsService), "iam/rolePolicy:RolePolicy::mote-dev-task"), "the first task finds its permissions")
}

func TestRoles_WhatTheBoundaryDeniesIsRefusedBeforeTheDeployment(t *testing.T) {
	r, err := deploy(t, trial{changes: map[string]string{
		"permissions": `["dynamodb:DeleteItem dynamodb:GetItem on ` + notes + `"]`, "permissionsBoundary": "bounds",
	}})
	require.ErrorContains(t, err, `the boundary bounds denies dynamodb:DeleteItem: an administrator has to add `+
		`"dev=dynamodb:DeleteItem dynamodb:GetItem on `+notes+`" to permissions of infra/bootstrap`)
	require.Empty(t, r.Resources)
}

func TestNetwork_EndpointsFollowThePermissions(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"egress": "endpoints", "permissions": `["dynamodb:GetItem on ` + notes + `",` +
		`"s3:GetObject on arn:aws:s3:::notes/* because notes come and go","kinesis:PutRecord on arn:aws:kinesis:eu-central-1:123456789012:stream/notes",` +
		`"logs:FilterLogEvents on arn:aws:logs:eu-central-1:123456789012:log-group:/notes"]`}})
	r.Of(t, endpointKind, 6)
	require.Equal(t, "com.amazonaws.eu-central-1.kinesis-streams", r.Named(t, endpointKind, "mote-dev-kinesis-streams").Inputs["serviceName"])
	table := r.Named(t, endpointKind, "mote-dev-dynamodb").Inputs
	require.Equal(t, "Gateway", table["vpcEndpointType"])
	require.Equal(t, []string{notes}, parse(t, table["policy"])[0].Resource)
	layers := parse(t, r.Named(t, endpointKind, "mote-dev-s3").Inputs["policy"])
	require.Len(t, layers, 2)
	require.Equal(t, []string{"arn:aws:s3:::notes/*"}, layers[1].Resource)
	require.Equal(t, "pl-of-mote-dev-dynamodb", r.Named(t, egress, "mote-dev-tasks-to-dynamodb").Inputs["prefixListId"])
	require.True(t, follows(r.One(t, ecsService), "::mote-dev-tasks-to-dynamodb"))
}

func TestRoles_ReasonsStayInTheSettings(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"permissions": `["polly:SynthesizeSpeech on * because AWS knows no resource for it"]`}})
	require.NotContains(t, r.Named(t, "iam/rolePolicy:RolePolicy", "mote-dev-task").Inputs["policy"], "because")
}

func TestPermissions_ServiceThatTheRegionLacksIsRefused(t *testing.T) {
	textract := map[string]string{"egress": "endpoints", "permissions": `["textract:DetectDocumentText on * because AWS knows no resource for it"]`}
	_, err := deploy(t, trial{changes: textract})
	require.NoError(t, err)
	_, err = deploy(t, trial{changes: textract, partition: "aws-cn"})
	require.ErrorContains(t, err, "which AWS does not have in cn-north-1")
}
