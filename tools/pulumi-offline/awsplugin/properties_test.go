package awsplugin

import (
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
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

func TestProperties_OtherTypesKeepTheirNames(t *testing.T) {
	properties, err := structpb.NewStruct(map[string]any{"name": "one"})
	require.NoError(t, err)
	toBridge(&rpc.CheckRequest{News: properties}, "aws:ecs/cluster:Cluster")
	require.Equal(t, map[string]any{"name": "one"}, properties.AsMap())
}
