// list-orphans lists what AWS still has of a stack, by the tags that the stack puts on everything: list-orphans PROJECT STACK.
// A destroyed stack should have nothing; what is listed was made outside Pulumi, or is still being deleted.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/mote-dev/mote/infra/internal/commandline"
)

func main() {
	commandline.Introduce("list-orphans PROJECT STACK")
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: list-orphans PROJECT STACK")
		os.Exit(1)
	}
	found, err := list(context.Background(), os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	for _, arn := range found {
		fmt.Println(arn)
	}
}

// list asks for everything that carries both tags.
func list(ctx context.Context, project, stack string) ([]string, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("find AWS credentials: %w", err)
	}
	pages := tagging.NewGetResourcesPaginator(tagging.NewFromConfig(cfg), &tagging.GetResourcesInput{
		TagFilters: []types.TagFilter{tag("project", project), tag("stack", stack)},
	})
	var found []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list what has the tags of stack %s: %w", stack, err)
		}
		for _, resource := range page.ResourceTagMappingList {
			if arn := *resource.ResourceARN; costs(arn) {
				found = append(found, arn)
			}
		}
	}
	return found, nil
}

func tag(key, value string) types.TagFilter {
	return types.TagFilter{Key: &key, Values: []string{value}}
}

// costs is false for what AWS still names, inactive and for nothing, long after it was deleted: task definitions, and services of ECS,
// whose tasks would be named by themselves.
func costs(arn string) bool {
	return !strings.Contains(arn, ":task-definition/") && (!strings.Contains(arn, ":ecs:") || !strings.Contains(arn, ":service/"))
}
