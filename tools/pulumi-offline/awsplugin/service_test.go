package awsplugin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	serviceURN = "urn:pulumi:dev::mote::mote:service:Service$aws:ecs/service:Service::web"
	serviceARN = "arn:aws:ecs:eu-central-1:123456789012:service/mote-dev/web"
	clusterARN = "arn:aws:ecs:eu-central-1:123456789012:cluster/mote-dev"
	rolledBack = "Service deployment rolled back because the circuit breaker threshold was exceeded."
	noneBefore = "No rollback candidate was found to run the rollback."
)

// localECS has one service. A deployment that is begun is over after some questions.
type localECS struct {
	began     time.Time
	questions int
	end       types.ServiceDeployment
}

func (e *localECS) begin() { e.began = time.Now() }

func (e *localECS) ListServiceDeployments(_ context.Context, q *ecs.ListServiceDeploymentsInput, _ ...func(*ecs.Options)) (
	*ecs.ListServiceDeploymentsOutput, error,
) {
	if *q.Cluster != clusterARN || *q.Service != "web" {
		return nil, &types.InvalidParameterException{}
	}
	if e.began.Before(*q.CreatedAt.After) {
		return nil, &types.ServiceNotFoundException{}
	}
	return &ecs.ListServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeploymentBrief{
		{ServiceDeploymentArn: aws.String("asked for"), ServiceArn: aws.String(serviceARN)},
	}}, nil
}

func (e *localECS) DescribeServiceDeployments(_ context.Context, q *ecs.DescribeServiceDeploymentsInput, _ ...func(*ecs.Options)) (
	*ecs.DescribeServiceDeploymentsOutput, error,
) {
	if e.questions--; q.ServiceDeploymentArns[0] != "asked for" || e.questions > 0 {
		return &ecs.DescribeServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeployment{{Status: "IN_PROGRESS"}}}, nil
	}
	return &ecs.DescribeServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeployment{e.end}}, nil
}

// oldBridge is a bridge with a provider that waits for tasks alone, for a time.
type oldBridge struct {
	rpc.ResourceProviderClient

	waits   time.Duration
	begin   func() // a deployment; nil begins none
	changed int
	live    map[string]any // the service as AWS has it
}

func (b *oldBridge) wait(ctx context.Context) error {
	b.changed++
	if b.begin != nil {
		b.begin()
	}
	select {
	case <-time.After(b.waits):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *oldBridge) Create(ctx context.Context, _ *rpc.CreateRequest, _ ...grpc.CallOption) (*rpc.CreateResponse, error) {
	return &rpc.CreateResponse{Id: serviceARN, Properties: b.properties()}, b.wait(ctx)
}

func (b *oldBridge) Update(ctx context.Context, _ *rpc.UpdateRequest, _ ...grpc.CallOption) (*rpc.UpdateResponse, error) {
	return &rpc.UpdateResponse{Properties: b.properties()}, b.wait(ctx)
}

func (b *oldBridge) Read(context.Context, *rpc.ReadRequest, ...grpc.CallOption) (*rpc.ReadResponse, error) {
	return &rpc.ReadResponse{Id: serviceARN, Properties: b.properties()}, nil
}

func (b *oldBridge) properties() *structpb.Struct {
	properties, err := structpb.NewStruct(b.live)
	if err != nil {
		panic(err)
	}
	return properties
}

// asked are the properties of a service with a version.
func asked(t *testing.T, version string) *structpb.Struct {
	t.Helper()
	properties, err := structpb.NewStruct(map[string]any{
		"name": "web", "cluster": clusterARN, "taskDefinition": version, "waitForSteadyState": true, "__defaults": []any{},
		"deploymentConfiguration": map[string]any{"strategy": "ROLLING"},
	})
	require.NoError(t, err)
	return properties
}

// live are those of the service that runs version one, with what AWS adds.
func live() map[string]any {
	return map[string]any{
		"name": "web", "cluster": clusterARN, "taskDefinition": "one", "waitForSteadyState": true, "arn": serviceARN, "schedulingStrategy": "REPLICA",
	}
}

func services(t *testing.T, e *localECS, b *oldBridge) *proxy {
	t.Helper()
	n := known(t)
	n.resources["ecsservice"] = "aws:index/ecsService:EcsService"
	return &proxy{bridge: b, names: n, ecs: e}
}

// requireInitFailed looks at the error that Pulumi's engine reads the state of a failed resource from.
func requireInitFailed(t *testing.T, err error, reason string) map[string]any {
	t.Helper()
	details, is := rpcerror.FromError(err)
	require.True(t, is, "%v", err)
	require.Len(t, details.Details(), 1)
	detail := details.Details()[0].(*rpc.ErrorResourceInitFailed)
	require.Equal(t, serviceARN, detail.GetId())
	require.Equal(t, []string{reason}, detail.GetReasons())
	return detail.GetProperties().AsMap()
}

func TestService_RolledBackUpdateFailsAsInVersion6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &localECS{questions: 4, end: types.ServiceDeployment{Status: "ROLLBACK_SUCCESSFUL", StatusReason: aws.String(rolledBack)}}
		b := &oldBridge{waits: time.Hour, begin: e.begin, live: live()}
		began := time.Now()
		_, err := services(t, e, b).Update(t.Context(), &rpc.UpdateRequest{Urn: serviceURN, Type: serviceType, Olds: b.properties(), News: asked(t, "two")})
		require.Less(t, time.Since(began), time.Minute, "the provider is cut short")
		state := requireInitFailed(t, err, "updating "+serviceURN+": 1 error occurred:\n\t* waiting for ECS Service ("+serviceARN+") update: "+rolledBack+"\n\n")
		require.Equal(t, "two", state["taskDefinition"], "the state has what was asked for")
		require.Equal(t, "REPLICA", state["schedulingStrategy"], "and what AWS has beside it")
		require.NotContains(t, state, "deploymentConfiguration", "which the provider behind the bridge does not know")
	})
}

func TestService_FirstDeploymentFailsBeforeItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &localECS{questions: 2, end: types.ServiceDeployment{Status: "ROLLBACK_FAILED", StatusReason: aws.String(noneBefore)}}
		b := &oldBridge{waits: time.Hour, begin: e.begin, live: live()}
		began := time.Now()
		_, err := services(t, e, b).Create(t.Context(), &rpc.CreateRequest{Urn: serviceURN, Type: serviceType, Properties: asked(t, "one")})
		require.Less(t, time.Since(began), time.Minute)
		state := requireInitFailed(t, err, "creating "+serviceURN+": 1 error occurred:\n\t* waiting for ECS Service ("+serviceARN+") create: "+noneBefore+"\n\n")
		require.Equal(t, serviceARN, state["arn"])
	})
}

func TestService_FailedDeploymentTriedAgainAsItWasChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &oldBridge{live: live()}
		p := services(t, &localECS{}, b)
		again, err := p.Update(t.Context(), &rpc.UpdateRequest{Urn: serviceURN, Type: serviceType, Olds: b.properties(), News: asked(t, "one")})
		require.NoError(t, err)
		require.Equal(t, b.live, again.GetProperties().AsMap())
		require.Zero(t, b.changed, "Pulumi's bridge asks AWS nothing")
	})
}

func TestService_DeploymentThatSucceedsOrNeverBeganIsTheProviders(t *testing.T) {
	for name, begins := range map[string]bool{"succeeds": true, "in place": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &localECS{questions: 3, end: types.ServiceDeployment{Status: "SUCCESSFUL"}}
				b := &oldBridge{waits: 10 * time.Second, live: live()}
				if begins {
					b.begin = e.begin
				}
				done, err := services(t, e, b).Update(t.Context(), &rpc.UpdateRequest{Urn: serviceURN, Type: serviceType, Olds: b.properties(), News: asked(t, "two")})
				require.NoError(t, err)
				require.Equal(t, b.live, done.GetProperties().AsMap())
				require.Equal(t, 1, b.changed)
			})
		})
	}
}

func TestService_ProviderThatAsksItselfIsLeftAlone(t *testing.T) {
	for name, spare := range map[string]func(*proxy, *rpc.UpdateRequest){
		"version 6":    func(p *proxy, _ *rpc.UpdateRequest) { p.names.shiftsTraffic = true },
		"no waiting":   func(_ *proxy, q *rpc.UpdateRequest) { delete(q.GetNews().GetFields(), "waitForSteadyState") },
		"preview":      func(_ *proxy, q *rpc.UpdateRequest) { q.Preview = true },
		"another type": func(_ *proxy, q *rpc.UpdateRequest) { q.Type = "aws:ecs/cluster:Cluster" },
	} {
		t.Run(name, func(t *testing.T) {
			b := &oldBridge{live: live()}
			p := services(t, nil, b)
			q := &rpc.UpdateRequest{Urn: serviceURN, Type: serviceType, Olds: b.properties(), News: asked(t, "one")}
			spare(p, q)
			_, err := p.Update(t.Context(), q)
			require.NoError(t, err)
			require.Equal(t, 1, b.changed)
		})
	}
}

func TestService_AnswerThatDoesNotComeIsAskedForAgain(t *testing.T) {
	var asked atomic.Int32
	silent := make(chan struct{})
	emulator := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			<-silent
			return
		}
		_, _ = w.Write([]byte(`{"serviceDeployments": []}`))
	}))
	defer emulator.Close()
	defer close(silent)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": emulator.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "rehearsal", "AWS_SECRET_ACCESS_KEY": "rehearsal",
	} {
		t.Setenv(name, value)
	}
	service, err := reachECS(t.Context(), 200*time.Millisecond)
	require.NoError(t, err)
	now, _, err := (&rollout{api: service, cluster: "c", service: "s"}).ask(t.Context())
	require.NoError(t, err)
	require.Equal(t, unseen, now)
	require.Equal(t, int32(2), asked.Load())
}
