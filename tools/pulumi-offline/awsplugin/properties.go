package awsplugin

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// renamed lists the properties that the AWS package calls otherwise than Terraform does, by type: its name, then the bridge's. A
// property that is missing here is refused by the bridge, by name, so nothing is lost silently.
var renamed = map[string]map[string]string{
	"aws:cloudwatch/metricAlarm:MetricAlarm": {"name": "alarmName"},
}

// toBridge gives a request's properties the bridge's names.
func toBridge(request any, typ string) {
	for ours, theirs := range renamed[typ] {
		rename(request, ours, theirs)
	}
}

// fromBridge gives an answer's properties the AWS package's names.
func fromBridge(answer any, typ string) {
	for ours, theirs := range renamed[typ] {
		rename(answer, theirs, ours)
	}
}

// rename renames a property in each set of properties that a message carries: every field that is a protobuf Struct is one.
func rename(message any, from, to string) {
	known, is := message.(proto.Message)
	if !is {
		return
	}
	known.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.IsMap() || field.IsList() || field.Message() == nil {
			return true
		}
		if properties, is := value.Message().Interface().(*structpb.Struct); is {
			if one, there := properties.GetFields()[from]; there {
				delete(properties.GetFields(), from)
				properties.Fields[to] = one
			}
		}
		return true
	})
}
