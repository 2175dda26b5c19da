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
)

// looking is how often pods and targets are compared.
const looking = 250 * time.Millisecond

// binder stands in for Auto Mode's controller of target groups: it registers the ready pods of each TargetGroupBinding's Service, and takes others away.
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
	var bindings struct {
		Items []struct {
			Metadata struct{ Namespace string }
			Spec     struct {
				ServiceRef     struct{ Name string }
				TargetGroupARN string
			}
		}
	}
	if err := b.get(ctx, "/apis/eks.amazonaws.com/v1/targetgroupbindings", &bindings); err != nil {
		return err
	}
	var failed []error
	wanted := map[string]map[target]bool{}
	for group := range b.bound {
		wanted[group] = nil
	}
	for _, one := range bindings.Items {
		ready, err := b.ready(ctx, one.Metadata.Namespace, one.Spec.ServiceRef.Name)
		if err != nil {
			return err
		}
		wanted[one.Spec.TargetGroupARN], b.bound[one.Spec.TargetGroupARN] = ready, true
	}
	for group, targets := range wanted {
		err := b.register(ctx, group, targets)
		if targets == nil {
			// The group goes with the binding or after it, and may be gone.
			delete(b.bound, group)
			continue
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// target is a pod's address and port.
type target struct {
	address string
	port    int32
}

// ready are the pods of a Service that want requests.
func (b *binder) ready(ctx context.Context, namespace, service string) (map[target]bool, error) {
	var slices struct {
		Items []struct {
			Endpoints []struct {
				Addresses  []string
				Conditions struct{ Ready bool }
			}
			Ports []struct{ Port int32 }
		}
	}
	path := fmt.Sprintf("/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices?labelSelector=kubernetes.io/service-name=%s", namespace, service)
	if err := b.get(ctx, path, &slices); err != nil {
		return nil, err
	}
	found := map[target]bool{}
	for _, slice := range slices.Items {
		for _, endpoint := range slice.Endpoints {
			for _, port := range slice.Ports {
				if endpoint.Conditions.Ready && len(endpoint.Addresses) > 0 {
					found[target{endpoint.Addresses[0], port.Port}] = true
				}
			}
		}
	}
	return found, nil
}

// register has a target group have these targets and no other.
func (b *binder) register(ctx context.Context, group string, wanted map[target]bool) error {
	health, err := b.balancer.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: &group})
	if err != nil {
		return fmt.Errorf("ask for the targets: %w", err)
	}
	var fresh, gone []types.TargetDescription
	have := map[target]bool{}
	for _, one := range health.TargetHealthDescriptions {
		is := target{aws.ToString(one.Target.Id), aws.ToInt32(one.Target.Port)}
		have[is] = true
		if !wanted[is] {
			gone = append(gone, types.TargetDescription{Id: one.Target.Id, Port: one.Target.Port})
		}
	}
	for one := range wanted {
		if !have[one] {
			fresh = append(fresh, types.TargetDescription{Id: aws.String(one.address), Port: aws.Int32(one.port)})
		}
	}
	if len(fresh) > 0 {
		if _, err := b.balancer.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: &group, Targets: fresh}); err != nil {
			return fmt.Errorf("register targets: %w", err)
		}
	}
	if len(gone) > 0 {
		if _, err := b.balancer.DeregisterTargets(ctx, &elb.DeregisterTargetsInput{TargetGroupArn: &group, Targets: gone}); err != nil {
			return fmt.Errorf("deregister targets: %w", err)
		}
	}
	return nil
}
