package main

import (
	"fmt"
	"strings"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// fault is one that is planted: where, how, and which check has to find it.
type fault struct {
	kind, name string
	check      string
	spoil      func(inputs map[string]any)
}

// set spoils one property.
func set(property string, value any) func(map[string]any) {
	return func(inputs map[string]any) { inputs[property] = value }
}

// replace spoils a text in a property that is one.
func replace(property, old, other string) func(map[string]any) {
	return func(inputs map[string]any) {
		text, _ := inputs[property].(string)
		inputs[property] = strings.ReplaceAll(text, old, other)
	}
}

// replaceIn spoils a property of an object.
func replaceIn(property, inner string, value any) func(map[string]any) {
	return func(inputs map[string]any) {
		if object, is := inputs[property].(map[string]any); is {
			object[inner] = value
		}
	}
}

const worldPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}`

const publicPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["sns:Publish"],"Resource":["*"]}]}`

// faults are of every kind of resource that the stacks have and the scanner has an opinion of. The production stack has most of them, and others those that
// they alone have.
func faults() []fault {
	return []fault{
		{"aws:lb/loadBalancer:LoadBalancer", "mote-prod", "CKV_AWS_131", set("dropInvalidHeaderFields", false)},
		{"aws:lb/loadBalancer:LoadBalancer", "mote-prod", "CKV_AWS_150", set("enableDeletionProtection", false)},
		{"aws:lb/listener:Listener", "mote-default-https", "CKV_AWS_103", set("sslPolicy", "ELBSecurityPolicy-2016-08")},
		{
			"aws:ecr/repository:Repository", "mote-prod", "CKV_AWS_163",
			set("imageScanningConfiguration", map[string]any{"scanOnPush": false}),
		},
		{"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "mote-prod-clients-80-0-0-0-0-0", "CKV_AWS_24", func(inputs map[string]any) {
			inputs["fromPort"], inputs["toPort"] = 22, 22
		}},
		{"aws:ec2/subnet:Subnet", "mote-prod-1", "CKV_AWS_130", set("mapPublicIpOnLaunch", true)},
		{"aws:iam/rolePolicy:RolePolicy", "mote-prod-execution", "CKV_AWS_355", set("policy", worldPolicy)},
		{"aws:iam/role:Role", "mote-prod-task", "CKV_AWS_60", replace("assumeRolePolicy", `{"Service":["ecs-tasks.amazonaws.com"]}`, `{"AWS":"*"}`)},
		{"aws:iam/rolePolicy:RolePolicy", "mote-staging-observability-task", "CKV_AWS_355", set("policy", worldPolicy)},
		{"aws:iam/rolePolicy:RolePolicy", "mote-prod-observability-grafana", "CKV_AWS_355", set("policy", worldPolicy)},
		{"aws:sns/topicPolicy:TopicPolicy", "mote-prod-observability", "CKV_AWS_169", set("policy", publicPolicy)},
		{"aws:cloudwatch/logGroup:LogGroup", "mote-prod", "CKV_AWS_66", func(inputs map[string]any) {
			delete(inputs, "retentionInDays")
		}},
		{
			"aws:ecs/taskDefinition:TaskDefinition", "mote-prod", "CKV_AWS_336",
			replace("containerDefinitions", `"readonlyRootFilesystem":true`, `"readonlyRootFilesystem":false`),
		},
		{"aws:eks/cluster:Cluster", "mote-eks", "CKV_AWS_37", set("enabledClusterLogTypes", []any{"api"})},
		{"aws:eks/cluster:Cluster", "mote-eks", "CKV_AWS_38", replaceIn("vpcConfig", "publicAccessCidrs", []any{"0.0.0.0/0"})},
		{"aws:eks/cluster:Cluster", "mote-eks", "CKV_AWS_58", func(inputs map[string]any) { delete(inputs, "encryptionConfig") }},
		{"aws:iam/rolePolicy:RolePolicy", "mote-eks-pod", "CKV_AWS_355", set("policy", worldPolicy)},
		{
			"aws:ecs/cluster:Cluster", "mote-default", "CKV_AWS_65",
			set("settings", []any{map[string]any{"name": "containerInsights", "value": "disabled"}}),
		},
	}
}

// plant spoils the recording.
func plant(recording *pulumimocks.Recording) ([]fault, error) {
	planted := faults()
	for _, one := range planted {
		found := false
		for _, resource := range recording.Resources {
			if resource.Type == one.kind && resource.Name == one.name {
				one.spoil(resource.Inputs)
				found = true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no %s %s to plant a fault in", one.kind, one.name)
		}
	}
	return planted, nil
}
