package awsplugin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// serviceType is a service of ECS, whose deployment may fail after it was made or changed.
const serviceType = "aws:ecs/service:Service"

// poll is how often ECS is asked how far a deployment is.
const poll = time.Second

// change is a Create or an Update of a service.
type change struct {
	verb        string // as in the provider's errors
	doing       string // as in those of Pulumi's bridge
	urn         string // as the engine has it
	news, state *structpb.Struct
	preview     bool
}

// awaits says whether a deployment is waited for here: the provider is too old to, and was asked to.
func (p *proxy) awaits(typ string, c *change) bool {
	return !p.names.shiftsTraffic && typ == serviceType && !c.preview && c.news.GetFields()["waitForSteadyState"].GetBoolValue()
}

// createService makes a service as version 6 of the provider does.
func (p *proxy) createService(ctx context.Context, q *rpc.CreateRequest, c *change) (*rpc.CreateResponse, error) {
	return awaited(ctx, p, c, func(ctx context.Context) (*rpc.CreateResponse, error) {
		return ask(ctx, p, q, &q.Urn, &q.Type, p.bridge.Create)
	})
}

// updateService changes a service as version 6 of the provider does. Where nothing is to be changed, which is so when a failed deployment is tried
// again as it was, Pulumi's bridge asks AWS nothing and calls it done: Update in
// https://github.com/pulumi/pulumi-terraform-bridge/blob/v3.117.0/pkg/tfbridge/provider.go.
func (p *proxy) updateService(ctx context.Context, q *rpc.UpdateRequest, c *change) (*rpc.UpdateResponse, error) {
	toBridge(q, q.GetType())
	if within(q.GetNews(), q.GetOlds()) {
		return &rpc.UpdateResponse{Properties: q.GetOlds()}, nil
	}
	return awaited(ctx, p, c, func(ctx context.Context) (*rpc.UpdateResponse, error) {
		return ask(ctx, p, q, &q.Urn, &q.Type, p.bridge.Update)
	})
}

// within says whether the state has all that is asked for.
func within(news, state *structpb.Struct) bool {
	for name, value := range news.GetFields() {
		if !strings.HasPrefix(name, "__") && !proto.Equal(value, state.GetFields()[name]) {
			return false
		}
	}
	return true
}

// awaited forwards a change and waits beside it until the deployment that it begins has ended. One that failed cuts the provider short, which would
// wait for the rollback, or for a first deployment until its time is over.
func awaited[A any](ctx context.Context, p *proxy, c *change, forward func(context.Context) (A, error)) (A, error) {
	var done A
	r := &rollout{api: p.ecs, cluster: c.text("cluster"), service: c.text("name"), since: time.Now()}
	forwarded, cut := context.WithCancel(ctx)
	defer cut()
	ended := make(chan error, 1)
	go func() {
		var err error
		done, err = forward(forwarded)
		ended <- err
	}()
	for waits := true; ; {
		now, why, err := r.ask(ctx)
		if err == nil && now == failed {
			if cut(); waits {
				<-ended
			}
			var nothing A
			return nothing, p.failure(ctx, c, r.arn, why)
		}
		if !waits && (err != nil || now != inProgress) {
			return done, err
		}
		select {
		case err := <-ended:
			if waits = false; err != nil {
				return done, err
			}
		case <-time.After(poll):
		}
	}
}

// text is a property of the service: as it is asked for, or else as it is.
func (c *change) text(name string) string {
	if value := c.news.GetFields()[name].GetStringValue(); value != "" {
		return value
	}
	return c.state.GetFields()[name].GetStringValue()
}

// failure is the error by which Pulumi's bridge tells that a resource was changed and then failed. Pulumi keeps the properties that come with it, and
// marks the resource: the next `up` updates it. The provider has set in its state what it was asked for and has not read the service again, so
// the state names the version that failed: Update and initializationError in
// https://github.com/pulumi/pulumi-terraform-bridge/blob/v3.117.0/pkg/tfbridge/provider.go, resourceServiceUpdate in the provider's service.go.
func (p *proxy) failure(ctx context.Context, c *change, arn, why string) error {
	reason := fmt.Sprintf("%s %s: 1 error occurred:\n\t* waiting for ECS Service (%s) %s: %s\n\n", c.doing, c.urn, arn, c.verb, why)
	properties, err := p.kept(ctx, c, arn)
	if err != nil {
		return fmt.Errorf("%s: %w", reason, err)
	}
	detail := &rpc.ErrorResourceInitFailed{Id: arn, Properties: properties, Reasons: []string{reason}}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, reason), detail)
}

// kept are the properties of the service as it is, and those that were asked for in their place.
func (p *proxy) kept(ctx context.Context, c *change, arn string) (*structpb.Struct, error) {
	known := c.state
	if known == nil {
		known = proto.Clone(c.news).(*structpb.Struct)
		known.Fields["id"], known.Fields["arn"] = structpb.NewStringValue(arn), structpb.NewStringValue(arn)
	}
	q := &rpc.ReadRequest{Id: arn, Urn: c.urn, Type: serviceType, Properties: known, Inputs: c.news}
	found, err := ask(ctx, p, q, &q.Urn, &q.Type, p.bridge.Read)
	if err != nil {
		return nil, fmt.Errorf("read the service: %w", err)
	}
	for name, value := range c.news.GetFields() {
		if !strings.HasPrefix(name, "__") {
			found.GetProperties().Fields[name] = value
		}
	}
	return found.GetProperties(), nil
}
