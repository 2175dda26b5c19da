// list-orphans lists what AWS still has of a stack, by the tags that the stack and its cluster of Kubernetes put on everything:
//
//	list-orphans PROJECT STACK
//	list-orphans -controllers PROJECT STACK
//
// A destroyed stack should have nothing; what is listed was made outside Pulumi, or is still being deleted. With -controllers it lists, while the stack
// is there, what controllers in its cluster made and would leave: load balancers of Services and Ingresses, and disks of volume claims.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/mote-dev/mote/infra/internal/commandline"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/names"
)

// claimedTag is what EKS's controller of disks puts on those of volume claims, and not on those of nodes.
const claimedTag = "ebs.csi.eks.amazonaws.com/cluster"

func main() {
	commandline.Introduce("list-orphans [-controllers] PROJECT STACK")
	controllers := flag.Bool("controllers", false, "list what controllers in the stack's cluster made, and would leave")
	flag.Parse()
	found, err := run(context.Background(), flag.Args(), *controllers)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	for _, arn := range found {
		fmt.Println(arn)
	}
}

func run(ctx context.Context, args []string, controllers bool) ([]string, error) {
	if len(args) != 2 {
		return nil, errors.New("usage: list-orphans [-controllers] PROJECT STACK")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("find AWS credentials: %w", err)
	}
	client := tagging.NewFromConfig(cfg)
	ofCluster, err := list(ctx, client, tag(iampolicy.ClusterTag, names.Base(args[0], args[1])))
	if err != nil {
		return nil, err
	}
	if controllers {
		return arns(ofCluster, outlivesCluster), nil
	}
	own, err := list(ctx, client, tag("project", args[0]), tag("stack", args[1]))
	return arns(append(own, ofCluster...), costs), err
}

// list asks for everything that carries all of these tags.
func list(ctx context.Context, client tagging.GetResourcesAPIClient, tags ...types.TagFilter) ([]types.ResourceTagMapping, error) {
	pages := tagging.NewGetResourcesPaginator(client, &tagging.GetResourcesInput{TagFilters: tags})
	var found []types.ResourceTagMapping
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list what has the tag %s=%s: %w", *tags[0].Key, tags[0].Values[0], err)
		}
		found = append(found, page.ResourceTagMappingList...)
	}
	return found, nil
}

// arns are those of resources that are to be told of, each once.
func arns(all []types.ResourceTagMapping, told func(types.ResourceTagMapping) bool) []string {
	var found []string
	for _, one := range all {
		if told(one) {
			found = append(found, *one.ResourceARN)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func tag(key, value string) types.TagFilter {
	return types.TagFilter{Key: &key, Values: []string{value}}
}

// costs is false for what AWS still names, inactive and for nothing, long after it was deleted: task definitions, and services of ECS,
// whose tasks would be named by themselves.
func costs(one types.ResourceTagMapping) bool {
	arn := *one.ResourceARN
	return !strings.Contains(arn, ":task-definition/") && (!strings.Contains(arn, ":ecs:") || !strings.Contains(arn, ":service/"))
}

// outlivesCluster is true for what a controller made, which the stack does not know, and which does not go with the cluster as its nodes do.
func outlivesCluster(one types.ResourceTagMapping) bool {
	switch arn := *one.ResourceARN; {
	case has(one, "project"):
		return false
	case strings.Contains(arn, ":elasticloadbalancing:"):
		return true
	case strings.Contains(arn, ":volume/"), strings.Contains(arn, ":snapshot/"):
		return has(one, claimedTag)
	default:
		return false
	}
}

func has(one types.ResourceTagMapping, key string) bool {
	return slices.ContainsFunc(one.Tags, func(tag types.Tag) bool { return aws.ToString(tag.Key) == key })
}
