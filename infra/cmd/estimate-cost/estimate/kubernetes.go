package estimate

import (
	"math"
	"strings"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// What EKS costs: https://aws.amazon.com/eks/pricing/, https://aws.amazon.com/ec2/pricing/on-demand/, https://aws.amazon.com/ebs/pricing/. Auto Mode chooses
// the instances; what is reckoned with is the smallest that it has, a t3.medium.
const (
	nodeHour = 0.0416
	// autoModeShare is what Auto Mode adds to an instance's price.
	autoModeShare = 0.12
	// nodeDisk are the gigabytes of a node's two disks.
	nodeDisk     = 100
	diskGigabyte = 0.08
	// nodeCores and nodeGiB are what a node has for pods, beside Kubernetes and the system.
	nodeCores = 1.8
	nodeGiB   = 3.3
)

// pods is what runs on nodes: Min pods at least, over so many zones, each with a share of a node.
type pods struct {
	task

	min, max, zones float64
}

// thePods finds the pods that the program runs, if it runs any.
func thePods(recording *pulumimocks.Recording) (found pods, is bool) {
	for _, one := range recording.Resources {
		switch {
		case strings.HasSuffix(one.Type, ":Deployment"):
			is = true
			spec := inside(one.Inputs, "spec")
			template := inside(spec, "template", "spec")
			container := first(template["containers"])
			size := inside(container, "resources", "requests")
			found.cpu = unit(size["cpu"], "m") / 1000
			found.memory = unit(size["memory"], "Mi") / 1024
			found.zones = number(first(template["topologySpreadConstraints"])["minDomains"])
		case strings.HasSuffix(one.Type, ":HorizontalPodAutoscaler"):
			spec := inside(one.Inputs, "spec")
			found.min, found.max = number(spec["minReplicas"]), number(spec["maxReplicas"])
		case strings.HasSuffix(one.Type, ":NodeClass"):
			found.public = inside(one.Inputs, "spec", "advancedNetworking")["associatePublicIPAddress"] == true
		}
	}
	return found, is
}

// share is how much of a node a pod takes.
func (p pods) share() float64 { return max(p.cpu/nodeCores, p.memory/nodeGiB) }

// kubernetes prices the cluster and the fewest nodes that the pods are on.
func (b *Bill) kubernetes(p pods) {
	nodes := max(p.zones, math.Ceil(p.min*p.share()))
	instance, disk := nodeHour*hoursPerMonth, nodeDisk*diskGigabyte
	b.line("control plane of Kubernetes", 1, clusterHour*hoursPerMonth)
	b.line("nodes, as t3.medium", nodes, instance)
	b.line("Auto Mode, for each node", nodes, autoModeShare*instance)
	b.line("disks of nodes", nodes, disk)
	node := (1+autoModeShare)*instance + disk
	if p.public {
		b.line("public addresses of nodes", nodes, dollarsPerIP)
		node += dollarsPerIP
	}
	b.Min, b.Max, b.PerTask, b.cores = p.min, p.max, p.share()*node, p.cpu
}

// inside goes down into an object; what is not there is empty.
func inside(from map[string]any, path ...string) map[string]any {
	for _, key := range path {
		from, _ = from[key].(map[string]any)
	}
	return from
}

func first(list any) map[string]any {
	all, _ := list.([]any)
	if len(all) == 0 {
		return nil
	}
	one, _ := all[0].(map[string]any)
	return one
}

// unit is a number that is written with its unit.
func unit(value any, name string) float64 {
	text, _ := value.(string)
	return number(strings.TrimSuffix(text, name))
}
