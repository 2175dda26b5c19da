package awsplugin

import (
	"context"
	"strings"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"
)

const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm"

func TestProperties_AlarmNameIsTranslatedBothWays(t *testing.T) {
	properties, err := structpb.NewStruct(map[string]any{"name": "one", "period": 60.0})
	require.NoError(t, err)
	check := &rpc.CheckRequest{News: properties}
	toBridge(check, alarm)
	require.Equal(t, map[string]any{"alarmName": "one", "period": 60.0}, check.GetNews().AsMap())
	answer := &rpc.CheckResponse{Inputs: check.GetNews()}
	fromBridge(answer, alarm)
	require.Equal(t, map[string]any{"name": "one", "period": 60.0}, answer.GetInputs().AsMap())
}

// diffBridge answers that an alarm's name and its period have changed.
type diffBridge struct{ rpc.ResourceProviderClient }

func (diffBridge) Diff(context.Context, *rpc.DiffRequest, ...grpc.CallOption) (*rpc.DiffResponse, error) {
	return &rpc.DiffResponse{
		Replaces: []string{"alarmName"}, Diffs: []string{"period", "alarmName"},
		DetailedDiff: map[string]*rpc.PropertyDiff{"alarmName": {Kind: rpc.PropertyDiff_UPDATE_REPLACE}, "period": {}},
	}, nil
}

func TestProperties_WhatIsReplacedIsToldByTheAWSPackagesNames(t *testing.T) {
	n := known(t)
	n.resources["cloudwatchmetricalarm"] = "aws:index/cloudwatchMetricAlarm:CloudwatchMetricAlarm"
	p := &proxy{bridge: diffBridge{}, names: n}
	answer, err := p.Diff(t.Context(), &rpc.DiffRequest{Urn: "urn:pulumi:dev::mote::" + alarm + "::one", Type: alarm})
	require.NoError(t, err)
	require.Equal(t, []string{"name"}, answer.GetReplaces())
	require.Equal(t, []string{"period", "name"}, answer.GetDiffs())
	require.Equal(t, rpc.PropertyDiff_UPDATE_REPLACE, answer.GetDetailedDiff()["name"].GetKind())
	require.Len(t, answer.GetDetailedDiff(), 2)
}

func TestProperties_SubscriptionNamesItsTopicByTheARN(t *testing.T) {
	properties, err := structpb.NewStruct(map[string]any{"topic": "arn", "protocol": "email"})
	require.NoError(t, err)
	toBridge(&rpc.CheckRequest{News: properties}, "aws:sns/topicSubscription:TopicSubscription")
	require.Equal(t, map[string]any{"topicArn": "arn", "protocol": "email"}, properties.AsMap())
}

func TestProperties_StrategyThatTheProviderLacksIsRefused(t *testing.T) {
	shifting := strings.Replace(bridge, `{"name": "aws"`, `{"name": "aws", "provider": {"resources": {"aws_ecs_service": {"deployment_configuration": {}}}}`, 1)
	newer, err := newNames([]byte(shifting))
	require.NoError(t, err)
	for strategy, says := range map[string]string{"CANARY": "deploymentStrategy=rolling", "ROLLING": "", "": ""} {
		properties, err := structpb.NewStruct(map[string]any{"deploymentConfiguration": map[string]any{"strategy": strategy}})
		require.NoError(t, err)
		check := &rpc.CheckRequest{News: properties, Type: "aws:ecs/service:Service"}
		require.Contains(t, refused(check, known(t)), says)
		require.Equal(t, says == "", refused(check, known(t)) == "")
		require.Empty(t, refused(check, newer))
	}
}

func TestProperties_AuthorityOfAClusterIsOne(t *testing.T) {
	const cluster = "aws:eks/cluster:Cluster"
	all := map[string]any{"certificateAuthorities": []any{map[string]any{"data": "Q0E="}}}
	properties, err := structpb.NewStruct(all)
	require.NoError(t, err)
	answer := &rpc.CreateResponse{Properties: properties}
	fromBridge(answer, cluster)
	require.Equal(t, map[string]any{"data": "Q0E="}, answer.GetProperties().AsMap()["certificateAuthority"])
	toBridge(&rpc.UpdateRequest{Olds: answer.GetProperties()}, cluster)
	require.Equal(t, all, answer.GetProperties().AsMap())
	// Before there is one, there is nothing to take.
	none := &rpc.CreateResponse{Properties: &structpb.Struct{Fields: map[string]*structpb.Value{"name": structpb.NewStringValue("c")}}}
	fromBridge(none, cluster)
	require.Equal(t, map[string]any{"name": "c"}, none.GetProperties().AsMap())
}

func TestProperties_OtherTypesKeepTheirNames(t *testing.T) {
	properties, err := structpb.NewStruct(map[string]any{"name": "one"})
	require.NoError(t, err)
	toBridge(&rpc.CheckRequest{News: properties}, "aws:ecs/cluster:Cluster")
	require.Equal(t, map[string]any{"name": "one"}, properties.AsMap())
}

func TestProperties_WhatVersion5LacksIsLeftOutWhereItMeansTheSame(t *testing.T) {
	for _, test := range []struct {
		typ           string
		given, wanted map[string]any
	}{
		{
			"aws:ecs/service:Service",
			map[string]any{"name": "a", "deploymentConfiguration": map[string]any{"strategy": "ROLLING"}}, map[string]any{"name": "a"},
		},
		{
			"aws:ecs/service:Service",
			map[string]any{"deploymentConfiguration": map[string]any{"strategy": "CANARY"}},
			map[string]any{"deploymentConfiguration": map[string]any{"strategy": "CANARY"}},
		},
		{
			"aws:ecr/repository:Repository",
			map[string]any{"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": []any{map[string]any{"filter": "running"}}},
			map[string]any{"imageTagMutability": "MUTABLE"},
		},
	} {
		properties, err := structpb.NewStruct(test.given)
		require.NoError(t, err)
		toBridge(&rpc.CheckRequest{News: properties}, test.typ)
		require.Equal(t, test.wanted, properties.AsMap())
	}
}
