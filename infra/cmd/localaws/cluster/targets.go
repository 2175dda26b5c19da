package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/mote-dev/mote/infra/cmd/localaws/process"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes/objects"
)

// looking is how often pods and targets are compared.
const looking = 250 * time.Millisecond

// binder stands in for Auto Mode's controller of target groups: it registers the pods of each TargetGroupBinding's Service, takes others away, and opens
// the readiness gate of each pod that the load balancer has found healthy.
type binder struct {
	*API

	balancer *elb.Client
	// bound are the target groups that have had a binding.
	bound map[string]bool
}

// StartController starts this program once more, as that controller.
func (c Cluster) StartController(folder, mark, emulator string) (process.Ref, error) {
	self, err := os.Executable()
	if err != nil {
		return process.Ref{}, fmt.Errorf("find this program: %w", err)
	}
	return process.Start(exec.Command(self, "targets", folder, emulator), mark, filepath.Join(folder, "targets.log"))
}

// BindTargets is that controller's process.
func BindTargets(folder string, config aws.Config) error {
	api, err := Connect(folder)
	if err != nil {
		return err
	}
	b := &binder{API: api, bound: map[string]bool{}, balancer: elb.NewFromConfig(config)}
	for ; ; time.Sleep(looking) {
		if err := b.compare(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, time.Now().Format(time.TimeOnly), err)
		}
	}
}

// compare makes each target group be as its binding says.
func (b *binder) compare(ctx context.Context) error {
	var bindings objects.List[binding]
	if err := b.get(ctx, "/apis/eks.amazonaws.com/v1/targetgroupbindings", &bindings); err != nil {
		return err
	}
	var failed []error
	unbound := b.bound
	b.bound = map[string]bool{}
	for _, one := range bindings.Items {
		delete(unbound, one.Spec.TargetGroupARN)
		b.bound[one.Spec.TargetGroupARN] = true
		failed = append(failed, b.follow(ctx, one))
	}
	for group := range unbound {
		// The group goes with the binding or after it, and may be gone.
		_, _ = b.register(ctx, group, nil)
	}
	return errors.Join(failed...)
}

// binding is a TargetGroupBinding.
type binding struct {
	Metadata objects.Metadata
	Spec     struct {
		ServiceRef     struct{ Name string }
		TargetGroupARN string
	}
}

// follow makes the pods of a binding's Service the targets of its group.
func (b *binder) follow(ctx context.Context, one binding) error {
	pods, err := b.running(ctx, one.Metadata.Namespace, one.Spec.ServiceRef.Name)
	if err != nil {
		return err
	}
	healthy, err := b.register(ctx, one.Spec.TargetGroupARN, pods)
	if err != nil {
		return err
	}
	return b.openGates(ctx, one.Metadata.Name, pods, healthy)
}

// target is a pod's address and port.
type target struct {
	address string
	port    int32
}

// running are the pods of a Service that want requests, which those do whose containers are ready: the pods themselves are ready once they are targets.
func (b *binder) running(ctx context.Context, namespace, service string) (map[target]objects.Pod, error) {
	var slices objects.List[struct {
		Endpoints []struct {
			Addresses []string
			TargetRef struct{ Name string }
		}
		Ports []struct{ Port int32 }
	}]
	path := fmt.Sprintf("/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices?labelSelector=kubernetes.io/service-name=%s", namespace, service)
	if err := b.get(ctx, path, &slices); err != nil {
		return nil, err
	}
	pods, err := b.pods(ctx, namespace)
	if err != nil {
		return nil, err
	}
	found := map[target]objects.Pod{}
	for _, slice := range slices.Items {
		for _, endpoint := range slice.Endpoints {
			for _, port := range slice.Ports {
				if pod := pods[endpoint.TargetRef.Name]; pod.ContainersReady() && len(endpoint.Addresses) > 0 {
					found[target{endpoint.Addresses[0], port.Port}] = pod
				}
			}
		}
	}
	return found, nil
}

// pods are those of a namespace, by name.
func (b *binder) pods(ctx context.Context, namespace string) (map[string]objects.Pod, error) {
	var all objects.List[objects.Pod]
	if err := b.get(ctx, "/api/v1/namespaces/"+namespace+"/pods", &all); err != nil {
		return nil, err
	}
	named := map[string]objects.Pod{}
	for _, one := range all.Items {
		named[one.Metadata.Name] = one
	}
	return named, nil
}

// register has a target group have these targets and no other, and tells which of them are healthy.
func (b *binder) register(ctx context.Context, group string, wanted map[target]objects.Pod) (healthy map[target]bool, err error) {
	health, err := b.balancer.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: &group})
	if err != nil {
		return nil, fmt.Errorf("ask for the targets: %w", err)
	}
	var fresh, gone []types.TargetDescription
	healthy = map[target]bool{}
	for _, one := range health.TargetHealthDescriptions {
		is := target{aws.ToString(one.Target.Id), aws.ToInt32(one.Target.Port)}
		healthy[is] = one.TargetHealth.State == types.TargetHealthStateEnumHealthy
		if _, stays := wanted[is]; !stays {
			gone = append(gone, types.TargetDescription{Id: one.Target.Id, Port: one.Target.Port})
		}
	}
	for one := range wanted {
		if _, known := healthy[one]; !known {
			fresh = append(fresh, types.TargetDescription{Id: aws.String(one.address), Port: aws.Int32(one.port)})
		}
	}
	if len(fresh) > 0 {
		if _, err := b.balancer.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: &group, Targets: fresh}); err != nil {
			return nil, fmt.Errorf("register targets: %w", err)
		}
	}
	if len(gone) > 0 {
		if _, err := b.balancer.DeregisterTargets(ctx, &elb.DeregisterTargetsInput{TargetGroupArn: &group, Targets: gone}); err != nil {
			return nil, fmt.Errorf("deregister targets: %w", err)
		}
	}
	return healthy, nil
}
