package emulatorshim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
)

// scaling stands in for Application Auto Scaling. moto keeps targets and policies as AWS does, but only for services that it knows
// itself; scaling asks the emulator whether a service really exists and only then makes it known to moto. Nothing here scales: a
// rehearsal shows that target and policy are accepted and kept.
type scaling struct {
	emulator, moto *ecs.Client
	forward        *httputil.ReverseProxy
	tags           tags
}

func newScaling(emulator, moto *url.URL) *scaling {
	s := &scaling{emulator: ecs.NewFromConfig(awsconfig.Config(emulator.String())), moto: ecs.NewFromConfig(awsconfig.Config(moto.String()))}
	s.forward = forwarder(moto, s.keepTags)
	return s
}

// givenKey is under what a request carries the tags of the target that it registers.
type givenKey struct{}

// keepTags notes the tags of a target that moto has accepted.
func (s *scaling) keepTags(answer *http.Response) error {
	given, is := answer.Request.Context().Value(givenKey{}).(map[string]string)
	if !is || answer.StatusCode != http.StatusOK {
		return nil
	}
	return edit(answer, func(body []byte) ([]byte, error) {
		var target struct{ ScalableTargetARN string }
		if err := json.Unmarshal(body, &target); err != nil {
			return nil, fmt.Errorf("read moto's answer: %w", err)
		}
		s.tags.add(target.ScalableTargetARN, given)
		return body, nil
	})
}

// request is what all requests about one target have in common.
type request struct {
	ServiceNamespace string
	ResourceId       string
	Tags             map[string]string
}

// creating are the operations that AWS refuses for a service that does not exist.
var creating = map[string]bool{"RegisterScalableTarget": true, "PutScalingPolicy": true}

func (s *scaling) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	_, operation := target(q)
	body, err := read(q)
	if err != nil {
		refuse(w, err)
		return
	}
	if s.tags.serve(w, operation, body) {
		return
	}
	if creating[operation] {
		given, err := s.admit(q.Context(), body)
		if err != nil {
			refuse(w, err)
			return
		}
		if operation == "RegisterScalableTarget" {
			q = q.WithContext(context.WithValue(q.Context(), givenKey{}, given))
		}
	}
	s.forward.ServeHTTP(w, q)
}

// admit checks that the service exists in the emulator, makes it known to moto and gives the tags that the request brings.
func (s *scaling) admit(ctx context.Context, body []byte) (map[string]string, error) {
	var q request
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, fmt.Errorf("the request is no JSON object: %w", err)
	}
	parts := strings.Split(q.ResourceId, "/")
	if q.ServiceNamespace != "ecs" || len(parts) != 3 || parts[0] != "service" {
		return nil, fmt.Errorf("the rehearsal's stand-in scales ECS services only, as service/CLUSTER/SERVICE, not %s %s",
			q.ServiceNamespace, q.ResourceId)
	}
	exists, err := active(ctx, s.emulator, parts[1], parts[2])
	if err != nil {
		return nil, fmt.Errorf("ask the emulator for %s: %w", q.ResourceId, err)
	}
	if !exists {
		return nil, fmt.Errorf("ECS service doesn't exist: %s", q.ResourceId)
	}
	return q.Tags, s.mirror(ctx, parts[1], parts[2])
}

// mirror makes a service known to moto, with the least that moto asks for.
func (s *scaling) mirror(ctx context.Context, cluster, service string) error {
	if known, err := active(ctx, s.moto, cluster, service); err == nil && known {
		return nil
	}
	if _, err := s.moto.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: &cluster}); err != nil {
		return fmt.Errorf("make the cluster known to moto: %w", err)
	}
	if _, err := s.moto.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family:               &service,
		ContainerDefinitions: []types.ContainerDefinition{{Name: &service, Image: aws.String("none"), Memory: aws.Int32(4)}},
	}); err != nil {
		return fmt.Errorf("make the task definition known to moto: %w", err)
	}
	if _, err := s.moto.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: &cluster, ServiceName: &service, TaskDefinition: &service, DesiredCount: aws.Int32(1),
	}); err != nil {
		return fmt.Errorf("make the service known to moto: %w", err)
	}
	return nil
}

// active tells whether a cluster has an active service of the name.
func active(ctx context.Context, client *ecs.Client, cluster, service string) (bool, error) {
	clusters, err := client.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{cluster}})
	if err != nil || len(clusters.Clusters) == 0 || aws.ToString(clusters.Clusters[0].Status) != "ACTIVE" {
		return false, err
	}
	services, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	if err != nil {
		return false, err
	}
	return len(services.Services) == 1 && aws.ToString(services.Services[0].Status) == "ACTIVE", nil
}
