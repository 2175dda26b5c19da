package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConfig_EnvironmentIsBesideWhatTheStackSets(t *testing.T) {
	c, err := parse(t, map[string]string{"mote:environment": `["QUOTES_MAX=100","EMPTY=","TEXT=a=b c"]`})
	require.NoError(t, err)
	require.Equal(t, "100", c.Service.Environment["QUOTES_MAX"])
	require.Equal(t, "a=b c", c.Service.Environment["TEXT"])
	require.Contains(t, c.Service.Environment, "EMPTY")
	require.Equal(t, "8080", c.Service.Environment["MOTE_PORT"])
	for given, said := range map[string]string{
		`["MOTE_PORT=9000"]`:         "mote:environment has MOTE_PORT, which the container gets by mote:containerPort: set that instead",
		`["AWS_ACCESS_KEY_ID=AKIA"]`: "has AWS_ACCESS_KEY_ID, which the container gets by mote:permissions",
		`["A=1","A=2"]`:              "has A twice",
		`["1A=1"]`:                   "each must be NAME=VALUE",
	} {
		_, err := parse(t, map[string]string{"mote:environment": given})
		require.ErrorContains(t, err, said)
	}
	_, err = parse(t, map[string]string{
		"mote:environment": `["TOKEN=plain"]`, "mote:secrets": `["TOKEN=arn:aws:ssm:eu-central-1:123456789012:parameter/a"]`,
	})
	require.ErrorContains(t, err, "mote:secrets has TOKEN, which the container gets already")
}

func TestConfig_EveryVariableThatTheStackSetsIsTaken(t *testing.T) {
	c, err := parse(t, map[string]string{"mote:message": "hello", "mote:cloudwatchMetrics": "true"})
	require.NoError(t, err)
	require.Len(t, c.Service.Environment, 10)
	for name, value := range c.Service.Environment {
		_, err := parse(t, map[string]string{"mote:environment": `["` + name + `=` + value + `"]`})
		require.ErrorContains(t, err, "mote:environment has "+name, name)
	}
}

// foreign are the settings of an image of another project.
func foreign(changes map[string]string) map[string]string {
	settings := map[string]string{"mote:serviceSettings": "false", "mote:healthCheckCommand": `["NONE"]`}
	for key, value := range changes {
		settings["mote:"+key] = value
	}
	return settings
}

func TestConfig_AnotherProjectsImageGetsNoVariablesOfThisOne(t *testing.T) {
	c, err := parse(t, foreign(map[string]string{
		"environment": `["MOTE_PORT=1"]`, "containerPort": "9090", "stopTimeoutSeconds": "2", "user": "", "readOnlyRoot": "false", "command": `["serve","-v","-v"]`,
	}))
	require.NoError(t, err, "neither the port of this project's metrics nor its drain matters")
	require.Equal(t, map[string]string{"MOTE_PORT": "1"}, c.Service.Environment)
	require.Equal(t, []string{"serve", "-v", "-v"}, c.Service.Command)
	require.False(t, c.Service.Own)
	for said, changes := range map[string]map[string]string{
		"mote:message is set, and mote:serviceSettings is false":           {"message": "hello"},
		"mote:cloudwatchMetrics is set, and mote:serviceSettings is false": {"cloudwatchMetrics": "true"},
		"mote:accessLogSample is set, and mote:serviceSettings is false":   {"accessLogSample": "10"},
		"mote:healthCheckCommand asks /mote":                               {"healthCheckCommand": `["CMD","/mote","healthcheck"]`},
	} {
		_, err := parse(t, foreign(changes))
		require.ErrorContains(t, err, said)
	}
}

func TestConfig_HealthCheckCommandIsDockersTest(t *testing.T) {
	for _, legal := range []string{`["CMD","/bin/true"]`, `["CMD-SHELL","curl -f http://localhost/"]`, `["NONE"]`} {
		_, err := parse(t, map[string]string{"mote:healthCheckCommand": legal})
		require.NoError(t, err, legal)
	}
	for _, wrong := range []string{`[]`, `["CMD"]`, `["CMD-SHELL","a","b"]`, `["NONE","a"]`, `["/bin/true"]`} {
		_, err := parse(t, map[string]string{"mote:healthCheckCommand": wrong})
		require.ErrorContains(t, err, "mote:healthCheckCommand is ", wrong)
	}
}

func TestConfig_PermissionsOfOneServiceNeedNoWildcard(t *testing.T) {
	const table = "arn:aws:dynamodb:eu-central-1:123456789012:table/notes"
	c, err := parse(t, map[string]string{"mote:permissions": `["dynamodb:PutItem dynamodb:GetItem on ` + table + `","polly:SynthesizeSpeech on * because AWS knows no resource for it"]`})
	require.NoError(t, err)
	require.Equal(t, []string{"dynamodb:GetItem", "dynamodb:PutItem"}, c.Service.Permissions[0].Actions)
	require.Equal(t, []string{"dynamodb", "polly"}, c.Service.Services())
	require.NoError(t, c.CheckARNs("eu-central-1", "aws"))
	require.ErrorContains(t, c.CheckARNs("cn-north-1", "aws-cn"), "mote:permissions has")
	for _, wide := range []string{"dynamodb:* on " + table, "dynamodb:GetItem on " + table + "*", "polly:SynthesizeSpeech on *"} {
		_, err := parse(t, map[string]string{"mote:permissions": `["` + wide + `"]`})
		require.ErrorContains(t, err, "because REASON", wide)
	}
	_, err = parse(t, map[string]string{"mote:permissions": `["* on * because it is easy"]`})
	require.ErrorContains(t, err, "it must be ACTION")
	_, err = parse(t, map[string]string{"mote:permissions": `["polly:SynthesizeSpeech on * because AWS knows no resource for it"]`, "mote:egress": "endpoints"})
	require.ErrorContains(t, err, "mote:permissions has polly, and mote:egress is endpoints: no endpoint is known for it")
}

func TestConfig_PermissionsNeedAServiceThatTheRegionHas(t *testing.T) {
	const texts = `["textract:DetectDocumentText on * because AWS knows no resource for it"]`
	for egress, said := range map[string]string{"endpoints": "mote:permissions has textract, which AWS does not have in cn-north-1", "nat": ""} {
		c, err := parse(t, map[string]string{"mote:permissions": texts, "mote:egress": egress})
		require.NoError(t, err)
		require.NoError(t, c.CheckEndpoints("eu-central-1"))
		if err := c.CheckEndpoints("cn-north-1"); said == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, said)
		}
	}
}
