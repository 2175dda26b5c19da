// Package stack wires the components together. It is the whole deployment: `pulumi up` runs it, and so do the tests and the commands that ask what it would make.
package stack

import (
	"fmt"
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/components/alarms"
	"github.com/mote-dev/mote/infra/components/autoscaling"
	"github.com/mote-dev/mote/infra/components/certificate"
	"github.com/mote-dev/mote/infra/components/dashboard"
	"github.com/mote-dev/mote/infra/components/kubernetes"
	"github.com/mote-dev/mote/infra/components/loadbalancer"
	"github.com/mote-dev/mote/infra/components/network"
	"github.com/mote-dev/mote/infra/components/observability"
	"github.com/mote-dev/mote/infra/components/registry"
	"github.com/mote-dev/mote/infra/components/service"
	"github.com/mote-dev/mote/infra/components/taskevents"
	"github.com/mote-dev/mote/infra/config"
	"github.com/mote-dev/mote/infra/internal/names"
	"github.com/mote-dev/mote/infra/internal/tags"
)

// Deploy makes one environment of mote and exports what others need to know of it.
func Deploy(ctx *pulumi.Context) error {
	cfg, err := config.Load(ctx)
	if err != nil {
		return err
	}
	outputs, err := build(ctx, cfg)
	if err != nil {
		return err
	}
	for name, value := range outputs {
		ctx.Export(name, value)
	}
	return nil
}

// environment is one deployment while it is made: its configuration, what was looked up, and the components that later ones build on.
type environment struct {
	ctx  *pulumi.Context
	name string
	cfg  config.Config
	data data
	// own are the outputs of the last deployment, once they are asked for.
	own *pulumi.StackReference

	registry     *registry.Registry
	network      *network.Network
	loadBalancer *loadbalancer.LoadBalancer
	taskEvents   *taskevents.TaskEvents
	// alarms is nil where there are none.
	alarms  *alarms.Alarms
	service *service.Service
	// kubernetes is in the place of the service on EKS.
	kubernetes *kubernetes.Kubernetes
	// dashboard and observability are nil where there is none.
	dashboard     *dashboard.Dashboard
	observability *observability.Observability
}

// build makes the components in the order in which they need each other, and returns the stack's outputs. What can be refused comes first: the
// look-ups and the image, which make nothing.
func build(ctx *pulumi.Context, cfg config.Config) (pulumi.Map, error) {
	if err := tags.Register(ctx); err != nil {
		return nil, fmt.Errorf("register tags: %w", err)
	}
	e := &environment{ctx: ctx, name: names.Base(ctx.Project(), ctx.Stack()), cfg: cfg}
	for _, step := range e.steps() {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return e.outputs(), nil
}

// steps are those of the platform.
func (e *environment) steps() []func() error {
	if e.cfg.Platform == config.EKS {
		return []func() error{e.lookUp, e.addRegistry, e.addNetwork, e.addLoadBalancer, e.addAlarms, e.addKubernetes, e.addLowHealthyHosts}
	}
	return []func() error{
		e.lookUp, e.addRegistry, e.addNetwork, e.addLoadBalancer, e.addTaskEvents, e.addAlarms, e.addService, e.addLowHealthyHosts, e.addAutoscaling,
		e.addDashboard, e.addObservability,
	}
}

func (e *environment) addRegistry() (err error) {
	e.registry, err = registry.New(e.ctx, e.name, &registry.Args{Settings: e.cfg.Registry})
	return err
}

func (e *environment) addNetwork() (err error) {
	ports := []int{80}
	if e.cfg.Certificate.Domain != "" {
		ports = append(ports, 443)
	}
	e.network, err = network.New(e.ctx, e.name, &network.Args{
		Settings:      e.cfg.Network,
		Port:          e.cfg.Service.Port,
		ListenerPorts: ports,
		Services:      e.cfg.Service.Services(),
		Permissions:   e.cfg.Service.Permissions,
		Caller:        e.data.Info,
	})
	return err
}

func (e *environment) addLoadBalancer() error {
	arn, err := e.addCertificate()
	if err != nil {
		return err
	}
	args := &loadbalancer.Args{
		Settings:       e.cfg.LoadBalancer,
		VpcID:          e.network.VpcID,
		SubnetIDs:      e.network.SubnetIDs,
		SecurityGroup:  e.network.LoadBalancerGroup,
		After:          e.network.InternetReady,
		LogsPrefix:     e.name,
		CertificateArn: arn,
		Domain:         e.cfg.Certificate.Domain,
		ZoneID:         e.data.zoneID,
		Shifted:        e.cfg.Service.Rollout.ShiftsTraffic(),
	}
	if e.cfg.Platform == config.EKS {
		args.Cluster = e.name
	}
	e.loadBalancer, err = loadbalancer.New(e.ctx, e.name, args)
	return err
}

// addCertificate makes or takes the load balancer's certificate. Without a domain it returns nil, for plain HTTP, and warns of that.
func (e *environment) addCertificate() (pulumi.StringPtrInput, error) {
	if e.cfg.Certificate.Domain == "" {
		text := "the load balancer speaks plain HTTP, which anybody on the way can read and change: set mote:domain and a certificate"
		return nil, e.ctx.Log.Warn(text, nil)
	}
	made, err := certificate.New(e.ctx, e.name, &certificate.Args{Settings: e.cfg.Certificate, ZoneID: e.data.zoneID})
	if err != nil {
		return nil, err
	}
	return made.Arn, nil
}

func (e *environment) addService() (err error) {
	args := &service.Args{
		Settings:      e.cfg.Service,
		Image:         e.registry.Image,
		RepositoryArn: e.registry.Arn,
		Count:         e.cfg.Autoscaling.Min,
		SubnetIDs:     e.network.TaskSubnetIDs,
		PublicAddress: e.cfg.Network.TasksArePublic(),
		After:         append(e.network.TasksReady, e.taskEvents.Ready),
		SecurityGroup: e.network.TaskGroup,
		TargetGroup:   e.loadBalancer.TargetGroup,
		Listener:      e.loadBalancer.Listener,
		Caller:        e.data.Info,
	}
	args.Environment = maps.Clone(args.Environment)
	if args.Own {
		args.Environment[config.EnvironmentVariable] = e.name
	}
	if e.cfg.Service.Rollout.ShiftsTraffic() {
		args.AlternateGroup, args.ProductionRule = e.loadBalancer.AlternateGroup, e.loadBalancer.ProductionRule
	}
	if e.alarms != nil {
		args.DeploymentAlarms = e.alarms.Deployment
	}
	e.service, err = service.New(e.ctx, e.name, args)
	return err
}

func (e *environment) addAutoscaling() error {
	_, err := autoscaling.New(e.ctx, e.name, &autoscaling.Args{
		Settings:     e.cfg.Autoscaling,
		Cluster:      e.service.Cluster,
		Service:      e.service.Name,
		LoadBalancer: e.loadBalancer.LoadBalancerMetric,
		TargetGroup:  e.loadBalancer.TargetGroupMetric,
	})
	return err
}

// smokePaths are what is asked of the service when it has been deployed: what its health is checked by, and this project's own at its root.
func smokePaths(cfg config.Config) []string {
	if cfg.Service.Own && cfg.LoadBalancer.HealthPath != "/" {
		return []string{"/", cfg.LoadBalancer.HealthPath}
	}
	return []string{cfg.LoadBalancer.HealthPath}
}

// outputs is what the stack tells: scripts, workflows and the rehearsal read it by these names.
func (e *environment) outputs() pulumi.Map {
	if e.cfg.Platform == config.EKS {
		return e.kubernetesOutputs()
	}
	outputs := pulumi.Map{
		urlOutput:            e.loadBalancer.URL,
		"loadBalancer":       e.loadBalancer.Name,
		"repository":         e.registry.URL,
		"imageDigest":        e.registry.Running(e.ctx, e.service.Name),
		"cluster":            e.service.Cluster,
		"service":            e.service.Name,
		"taskDefinition":     e.service.TaskDefinition,
		"logGroup":           e.service.LogGroup,
		"smokePaths":         pulumi.String(strings.Join(smokePaths(e.cfg), " ")),
		"taskEventsLogGroup": e.taskEvents.LogGroup,
		rollbackOutput:       pulumi.Bool(e.cfg.Alarms.Enabled && e.cfg.Service.RollbackOnAlarms),
	}
	if e.cfg.Service.Rollout.ShiftsTraffic() {
		outputs[ruleOutput] = e.loadBalancer.ProductionRule
	}
	if e.dashboard != nil {
		outputs["dashboard"] = e.dashboard.Name
	}
	if e.observability != nil {
		maps.Copy(outputs, e.observability.Outputs)
	}
	return outputs
}
