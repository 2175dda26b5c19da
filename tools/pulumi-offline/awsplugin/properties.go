package awsplugin

import (
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// renamed lists the properties that the AWS package calls otherwise than Terraform does, by type: its name, then the bridge's.
var renamed = map[string]map[string]string{
	"aws:cloudwatch/metricAlarm:MetricAlarm":      {"name": "alarmName"},
	"aws:sns/topicSubscription:TopicSubscription": {"topic": "topicArn"},
}

// single lists the properties that the AWS package has as one object and the bridge as a list of one, by type: its name, then the bridge's.
var single = map[string]map[string]string{
	"aws:eks/cluster:Cluster": {"certificateAuthority": "certificateAuthorities"},
}

// toBridge gives a request's properties the bridge's names.
func toBridge(request any, typ string) {
	for ours, theirs := range renamed[typ] {
		rename(request, ours, theirs)
	}
	for ours := range single[typ] {
		inProperties(request, func(properties map[string]*structpb.Value) { delete(properties, ours) })
	}
	if fit := older[typ]; fit != nil {
		inProperties(request, fit)
	}
}

// older fits properties to version 5 of the provider, by type: what it lacks is left out where that means the same, or as much as the local
// AWS can tell. A deployment that shifts traffic is refused.
var older = map[string]func(map[string]*structpb.Value){
	"aws:ecs/service:Service": func(properties map[string]*structpb.Value) {
		if strategy := properties["deploymentConfiguration"].GetStructValue().GetFields()["strategy"]; strategy.GetStringValue() == "ROLLING" {
			delete(properties, "deploymentConfiguration")
		}
	},
	"aws:ecr/repository:Repository": func(properties map[string]*structpb.Value) {
		if properties["imageTagMutability"].GetStringValue() == "IMMUTABLE_WITH_EXCLUSION" {
			properties["imageTagMutability"] = structpb.NewStringValue("MUTABLE")
			delete(properties, "imageTagMutabilityExclusionFilters")
		}
	},
}

// refused tells why a provider that lacks deployment strategies cannot make a resource. Empty if it can: it would leave the strategy out
// without a word, and a rolling deployment would pass for another one.
func refused(request *rpc.CheckRequest, n *names) string {
	strategy := request.GetNews().GetFields()["deploymentConfiguration"].GetStructValue().GetFields()["strategy"].GetStringValue()
	if request.GetType() != "aws:ecs/service:Service" || n.shiftsTraffic || strategy == "" || strategy == "ROLLING" {
		return ""
	}
	return "the AWS provider of this machine is older than version 6 and cannot shift traffic: rehearse deploymentStrategy=rolling"
}

// fromBridge gives an answer's properties the AWS package's names.
func fromBridge(answer any, typ string) {
	for ours, theirs := range renamed[typ] {
		rename(answer, theirs, ours)
	}
	for ours, theirs := range single[typ] {
		inProperties(answer, func(properties map[string]*structpb.Value) {
			if all := properties[theirs].GetListValue().GetValues(); len(all) > 0 {
				properties[ours] = all[0]
			}
		})
	}
}

// rename renames a property in each set of properties that a message carries.
func rename(message any, from, to string) {
	inProperties(message, func(properties map[string]*structpb.Value) {
		if one, there := properties[from]; there {
			delete(properties, from)
			properties[to] = one
		}
	})
}

// inProperties changes each set of properties that a message carries: every field that is a protobuf Struct is one.
func inProperties(message any, change func(map[string]*structpb.Value)) {
	known, is := message.(proto.Message)
	if !is {
		return
	}
	known.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.IsMap() || field.IsList() || field.Message() == nil {
			return true
		}
		if properties, is := value.Message().Interface().(*structpb.Struct); is && properties.GetFields() != nil {
			change(properties.GetFields())
		}
		return true
	})
}
