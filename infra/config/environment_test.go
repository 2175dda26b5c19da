package config_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// legal draws settings that the service gets its environment from, most of them legal.
func legal(t *rapid.T) map[string]string {
	number := func(key string, low, high int) string { return strconv.Itoa(rapid.IntRange(low, high).Draw(t, key)) }
	message := rapid.OneOf(rapid.String(), rapid.StringN(0, 300, 1024), rapid.StringMatching(`[ -~]{0,40}`)).Draw(t, "message")
	return map[string]string{
		"mote:message":            message,
		"mote:containerPort":      number("port", 1, 65535),
		"mote:metricsPort":        rapid.OneOf(rapid.Just("0"), rapid.Map(rapid.IntRange(1024, 65535), strconv.Itoa)).Draw(t, "metrics"),
		"mote:logLevel":           rapid.SampledFrom([]string{"error", "warn", "info", "debug", "trace"}).Draw(t, "level"),
		"mote:cloudwatchMetrics":  rapid.SampledFrom([]string{"true", "false"}).Draw(t, "emf"),
		"mote:idleTimeoutSeconds": number("idle", 1, 4000),
		"mote:maxTargetBytes":     number("target", 1024, 15360),
		"mote:accessLogSample":    number("sample", 1, 10000),
		"mote:drainDelaySeconds":  number("delay", 0, 60),
		"mote:stopTimeoutSeconds": number("stop", 2, 120),
	}
}

// TestConfig_GeneratorDrawsEverySettingOfTheEnvironment keeps the generated tests from missing a setting that is added.
func TestConfig_GeneratorDrawsEverySettingOfTheEnvironment(t *testing.T) {
	source, err := os.ReadFile("environment.go")
	require.NoError(t, err)
	read := map[string]bool{}
	for _, call := range regexp.MustCompile(`r\.[a-zA-Z]+\("([a-zA-Z]+)"`).FindAllSubmatch(source, -1) {
		read["mote:"+string(call[1])] = true
	}
	require.Greater(t, len(read), 8)
	rapid.Check(t, func(t *rapid.T) {
		require.ElementsMatch(t, slices.Collect(maps.Keys(read)), slices.Collect(maps.Keys(legal(t))))
	})
}

func TestConfig_ServiceOutlastsTheLoadBalancerAndEndsBeforeItIsKilled(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		settings := legal(t)
		c, err := parse(t, settings)
		if err != nil {
			return
		}
		accepted++
		number := func(name string) int {
			value, err := strconv.Atoi(c.Service.Environment["MOTE_"+name])
			require.NoError(t, err)
			return value
		}
		require.Greater(t, number("KEEPALIVE_TIMEOUT_SECONDS"), c.LoadBalancer.IdleTimeout)
		require.Less(t, number("DRAIN_DELAY_SECONDS")+number("SHUTDOWN_TIMEOUT_SECONDS"), c.Service.StopTimeoutSeconds)
		require.Positive(t, number("SHUTDOWN_TIMEOUT_SECONDS"))
		require.NotEqual(t, number("PORT"), number("METRICS_PORT"))
		require.Equal(t, settings["mote:cloudwatchMetrics"] == "true", c.Service.Environment["MOTE_CLOUDWATCH_EMF"] == "true")
	})
	require.Positive(t, accepted)
}

func TestConfig_RejectsWhatTheServiceWouldReject(t *testing.T) {
	for wrong, changes := range map[string]map[string]string{
		"mote:containerPort is 9090: it must not be metricsPort":     {"containerPort": "9090"},
		"mote:containerPort is 9000: it must not be metricsPort":     {"containerPort": "9000", "metricsPort": "9000"},
		"mote:stopTimeoutSeconds is 5: it must be at least 8":        {"stopTimeoutSeconds": "5"},
		"mote:stopTimeoutSeconds is 20: it must be at least 23":      {"stopTimeoutSeconds": "20", "drainDelaySeconds": "20"},
		"it must be at most 1024 bytes of text":                      {"message": strings.Repeat("x", 1025)},
		"mote:message is \"a\\u2028\\x00\": it must be at most 1024": {"message": "a\u2028\x00"},
	} {
		settings := map[string]string{}
		for key, value := range changes {
			settings["mote:"+key] = value
		}
		_, err := parse(t, settings)
		require.ErrorContains(t, err, wrong)
		require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 1:")
	}
	c, err := parse(t, map[string]string{"mote:message": strings.Repeat("ü", 512), "mote:stopTimeoutSeconds": "8", "mote:metricsPort": "0"})
	require.NoError(t, err)
	require.Equal(t, "1", c.Service.Environment["MOTE_SHUTDOWN_TIMEOUT_SECONDS"])
}

// TestConfig_LongestDeploymentFitsIntoItsJob holds the settings and the workflow together: a job that ends first leaves a locked stack.
func TestConfig_LongestDeploymentFitsIntoItsJob(t *testing.T) {
	const longest, rest = 30, 15
	_, err := parse(t, map[string]string{"mote:deployTimeoutMinutes": strconv.Itoa(longest)})
	require.NoError(t, err)
	_, err = parse(t, map[string]string{"mote:deployTimeoutMinutes": strconv.Itoa(longest + 1)})
	require.ErrorContains(t, err, fmt.Sprintf("from 5 to %d", longest))

	text, err := os.ReadFile("../../.github/workflows/environment.yml")
	require.NoError(t, err)
	var workflow struct {
		Jobs map[string]struct {
			Timeout int `yaml:"timeout-minutes"`
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &workflow))
	limit := workflow.Jobs["deploy"].Timeout
	require.GreaterOrEqual(t, limit, longest+rest)

	action, err := os.ReadFile("../../.github/actions/setup/action.yml")
	require.NoError(t, err)
	session := regexp.MustCompile(`role-duration-seconds: ([0-9]+)`).FindSubmatch(action)
	require.NotNil(t, session)
	seconds, err := strconv.Atoi(string(session[1]))
	require.NoError(t, err)
	require.GreaterOrEqual(t, seconds, 60*limit, "the credentials end before the job")
}
