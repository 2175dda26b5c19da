package main

import "testing"

func TestListOrphans_InactiveResourcesAreNone(t *testing.T) {
	for arn, want := range map[string]bool{
		"arn:aws:ecs:us-east-1:000000000000:task-definition/mote-dev:1":          false,
		"arn:aws:ecs:us-east-1:000000000000:service/mote-dev/mote-dev":           false,
		"arn:aws:ecs:us-east-1:000000000000:task/mote-dev/0a1b":                  true,
		"arn:aws:ecs:us-east-1:000000000000:cluster/mote-dev":                    true,
		"arn:aws:ecr:us-east-1:000000000000:repository/mote-dev":                 true,
		"arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/m": true,
	} {
		if got := costs(arn); got != want {
			t.Errorf("%s: got %v", arn, got)
		}
	}
}
