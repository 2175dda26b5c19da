package stack

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/logfilter"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const alarm = "cloudwatch/metricAlarm:MetricAlarm"

func TestAlarms_AreInStagingAndProductionOnly(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		if strings.HasSuffix(t.Name(), "/dev") {
			r.Of(t, alarm, 0)
			r.Of(t, "sns/topic:Topic", 0)
			require.NotContains(t, r.One(t, ecsService).Inputs, "alarms")
			return
		}
		topic := r.One(t, "sns/topic:Topic").Name + "-0123456"
		for _, one := range r.Of(t, alarm, 6) {
			for _, actions := range []string{"alarmActions", "okActions"} {
				told, is := one.Inputs[actions].([]any)
				require.True(t, is, one.Name)
				require.Len(t, told, 1)
				require.Contains(t, told[0], "sns/topic:Topic/"+topic)
			}
			require.NotEmpty(t, one.Inputs["alarmDescription"])
			require.NotEqual(t, one.Inputs["statistic"] == nil, one.Inputs["extendedStatistic"] == nil, one.Name)
		}
	})
}

// TestAlarms_MeasureWhatTheySay lists for each alarm its metric, threshold and minutes.
func TestAlarms_MeasureWhatTheySay(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: map[string]string{
		"alarmTarget5xxPerMinute": "7", "alarmLatencyMilliseconds": "250", "minTasks": "3",
	}})
	for name, wanted := range map[string]map[string]any{
		"target-5xx":        {"metricName": "HTTPCode_Target_5XX_Count", "threshold": 7.0, "evaluationPeriods": 2.0, "period": 60.0, "statistic": "Sum"},
		"elb-5xx":           {"metricName": "HTTPCode_ELB_5XX_Count", "threshold": 7.0, "evaluationPeriods": 2.0, "period": 60.0, "statistic": "Sum"},
		"latency":           {"metricName": "TargetResponseTime", "threshold": 0.25, "evaluationPeriods": 3.0, "period": 60.0, "extendedStatistic": "p99"},
		"unhealthy-hosts":   {"metricName": "UnHealthyHostCount", "threshold": 1.0, "evaluationPeriods": 3.0, "period": 60.0, "statistic": "Maximum"},
		"low-healthy-hosts": {"metricName": "HealthyHostCount", "threshold": 3.0, "evaluationPeriods": 5.0, "period": 60.0, "statistic": "Maximum"},
		"unexpected-task-stops": {
			"metricName": "mote-prod-unexpected-task-stops", "threshold": 2.0, "evaluationPeriods": 1.0, "period": 300.0, "namespace": "mote", "statistic": "Sum",
		},
	} {
		inputs := r.Named(t, alarm, "mote-prod-"+name).Inputs
		for key, value := range wanted {
			require.Equal(t, value, inputs[key], "%s of %s", key, name)
		}
		require.Equal(t, inputs["evaluationPeriods"], inputs["datapointsToAlarm"])
	}
}

func TestAlarms_TreatMissingDataByMetric(t *testing.T) {
	r := deployed(t, trial{stack: "prod"})
	for _, one := range r.Of(t, alarm, 6) {
		missing, comparison := "notBreaching", "GreaterThanOrEqualToThreshold"
		if one.Name == "mote-prod-low-healthy-hosts" {
			missing, comparison = "missing", "LessThanThreshold"
			require.Equal(t, one.Inputs["alarmActions"], one.Inputs["insufficientDataActions"], "no value at all is bad news")
		}
		require.Equal(t, missing, one.Inputs["treatMissingData"], one.Name)
		require.Equal(t, comparison, one.Inputs["comparisonOperator"], one.Name)
	}
}

func TestAlarms_ErrorsAndLatencyRollBack(t *testing.T) {
	r := deployed(t, trial{stack: "prod"})
	require.Equal(t, map[string]any{
		"enable": true, "rollback": true, "alarmNames": []any{"mote-prod-target-5xx", "mote-prod-latency"},
	}, r.One(t, ecsService).Inputs["alarms"])
	r = deployed(t, trial{stack: "prod", changes: map[string]string{"rollbackOnAlarms": "false"}})
	require.Equal(t, map[string]any{
		"enable": false, "rollback": false, "alarmNames": []any{"mote-prod-target-5xx", "mote-prod-latency"},
	}, r.One(t, ecsService).Inputs["alarms"])
}

func TestAlarms_ExistingTopicIsUsedUnchanged(t *testing.T) {
	topic := "arn:aws:sns:eu-central-1:123456789012:team"
	r := deployed(t, trial{stack: "prod", changes: map[string]string{"alarmTopicArn": topic}})
	r.Of(t, "sns/topic:Topic", 0)
	r.Of(t, "sns/topicSubscription:TopicSubscription", 0)
	for _, one := range r.Of(t, alarm, 6) {
		require.Equal(t, []any{topic}, one.Inputs["alarmActions"])
	}
}

func TestAlarms_NotifyByEmail(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		r := deployed(t, trial{stack: "prod", changes: map[string]string{"alarmEmail": "team@example.com"}})
		subscription := r.One(t, "sns/topicSubscription:TopicSubscription").Inputs
		require.Equal(t, "email", subscription["protocol"])
		require.Equal(t, "team@example.com", subscription["endpoint"])
	})
}

func TestTaskEvents_KeepStopReasons(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		name := r.One(t, definition).Inputs["family"].(string)
		var pattern map[string]any
		text, is := r.One(t, "cloudwatch/eventRule:EventRule").Inputs["eventPattern"].(string)
		require.True(t, is)
		require.NoError(t, json.Unmarshal([]byte(text), &pattern))
		require.Equal(t, map[string]any{
			"source":      []any{"aws.ecs"},
			"detail-type": []any{"ECS Task State Change"},
			"detail": map[string]any{
				"lastStatus":        []any{"STOPPED"},
				"taskDefinitionArn": []any{map[string]any{"prefix": "arn:aws:ecs:eu-central-1:123456789012:task-definition/" + name + ":"}},
			},
		}, pattern)
		group := r.Named(t, "cloudwatch/logGroup:LogGroup", name+"-task-events").Inputs["name"]
		require.Equal(t, "/aws/events/"+name+"-task-events", group)
		require.Contains(t, r.One(t, "cloudwatch/eventTarget:EventTarget").Inputs["arn"], group)
		require.Equal(t, group, r.One(t, "cloudwatch/logMetricFilter:LogMetricFilter").Inputs["logGroupName"])
	})
}

func TestTaskEvents_OnlyRulesOfTheProjectWrite(t *testing.T) {
	r := deployed(t, trial{})
	statements := parse(t, r.One(t, "cloudwatch/logResourcePolicy:LogResourcePolicy").Inputs["policyDocument"])
	require.Len(t, statements, 2)
	for _, statement := range statements {
		require.Len(t, statement.Resource, 1)
		require.Equal(t, "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/events/mote-*-task-events:*", statement.Resource[0])
	}
	require.Equal(t, []string{"logs:PutLogEvents"}, statements[1].Action)
	require.Equal(t, map[string][]string{"aws:SourceArn": {"arn:aws:events:eu-central-1:123456789012:rule/mote-*"}}, statements[1].Condition["ArnLike"])
}

// TestTaskEvents_AllStacksShareOneResourcePolicy holds that any number of stacks fits into one region of an account, where AWS allows ten.
func TestTaskEvents_AllStacksShareOneResourcePolicy(t *testing.T) {
	policies := map[string]bool{}
	for i := range 11 {
		one := deployed(t, trial{stack: "stack-" + strconv.Itoa(i)}).One(t, "cloudwatch/logResourcePolicy:LogResourcePolicy")
		policies[fmt.Sprint(one.Inputs["policyName"], one.Inputs["policyDocument"])] = true
		require.True(t, one.Options.GetRetainOnDelete(), "the other stacks live by it")
	}
	require.Len(t, policies, 1)
}

func TestAlarms_LowHealthyHostsFollowsTheFirstDeployment(t *testing.T) {
	r := deployed(t, trial{stack: "prod"})
	require.True(t, follows(r.Named(t, alarm, "mote-prod-low-healthy-hosts"), "ecs/service:Service::mote-prod"))
	for _, one := range r.Of(t, alarm, 6) {
		if one.Name != "mote-prod-low-healthy-hosts" {
			require.False(t, follows(one, "ecs/service:Service::mote-prod"), one.Name)
		}
	}
}

// TestAlarms_TaskStopsRaiseTheirAlarm counts recorded events as CloudWatch does and compares the sum with the alarm's threshold.
func TestAlarms_TaskStopsRaiseTheirAlarm(t *testing.T) {
	r := deployed(t, trial{stack: "prod"})
	filter := r.One(t, "cloudwatch/logMetricFilter:LogMetricFilter").Inputs
	pattern, err := logfilter.Parse(filter["pattern"].(string))
	require.NoError(t, err)
	count := 0.0
	for _, name := range []string{"elb-health-check.json", "deployment.json", "container-health-check.json", "scaling.json"} {
		event, err := os.ReadFile(filepath.Join("..", "components", "taskevents", "testdata", name))
		require.NoError(t, err)
		matched, err := pattern.Match(event)
		require.NoError(t, err)
		if matched {
			count++
		}
	}
	raised := r.Named(t, alarm, "mote-prod-unexpected-task-stops").Inputs
	require.Equal(t, filter["metricTransformation"].(map[string]any)["name"], raised["metricName"])
	require.GreaterOrEqual(t, count, raised["threshold"], "two failed health checks within one period of five minutes")
	require.InDelta(t, 1, raised["evaluationPeriods"], 0)
}

func TestAlarms_AreDeletedOnlyAfterTheServiceIgnoresThem(t *testing.T) {
	r, err := deploy(t, trial{stack: "live", changes: map[string]string{"alarms": "false"}})
	require.ErrorContains(t, err, "mote:alarms is false, and the service rolls back on alarms: set mote:rollbackOnAlarms to false, deploy")
	require.Empty(t, r.Resources)
	for _, changes := range []map[string]string{{"alarms": "true", "rollbackOnAlarms": "true"}, {"alarms": "true", "rollbackOnAlarms": "false"}} {
		require.Equal(t, changes["rollbackOnAlarms"] == "true", deployed(t, trial{stack: "live", changes: changes}).Outputs["rollbackOnAlarms"])
	}
	require.Equal(t, false, deployed(t, trial{stack: "dev"}).Outputs["rollbackOnAlarms"])
}

func TestConfig_RejectsContradictoryAlarms(t *testing.T) {
	for wrong, changes := range map[string]map[string]string{
		"mote:alarmEmail is set": {"alarms": "true", "alarmEmail": "a@example.com", "alarmTopicArn": "arn:aws:sns:eu-central-1:123456789012:team"},
		"mote:alarms is false":   {"alarms": "false", "alarmEmail": "a@example.com"},
	} {
		_, err := deploy(t, trial{changes: changes})
		require.ErrorContains(t, err, wrong)
	}
}
