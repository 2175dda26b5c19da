package awsplugin

import (
	"context"
	"slices"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// proxy answers the engine as Pulumi's AWS plugin and asks the bridge under the bridge's names. What is not forwarded here, the
// schema for one, would tell of the bridge's names and stays unimplemented.
type proxy struct {
	rpc.UnimplementedResourceProviderServer

	version string // of Pulumi's AWS package
	bridge  rpc.ResourceProviderClient
	names   *names
	ecs     ecsAPI
}

// named is a request about one resource.
type named interface {
	GetUrn() string
	GetType() string
}

// ask translates the names in a request, forwards it, and translates those in the answer back.
func ask[Q named, A any](ctx context.Context, p *proxy, q Q, urn, typ *string,
	forward func(context.Context, Q, ...grpc.CallOption) (A, error),
) (A, error) {
	var nothing A
	var err error
	own := q.GetType()
	toBridge(q, own)
	if *urn, err = p.names.urn(q.GetUrn()); err != nil {
		return nothing, err
	}
	if *typ, err = p.names.token(q.GetType()); err != nil {
		return nothing, err
	}
	answer, err := forward(ctx, q)
	if err == nil {
		fromBridge(answer, own)
	}
	return answer, err
}

func (p *proxy) Check(ctx context.Context, q *rpc.CheckRequest) (*rpc.CheckResponse, error) {
	if why := refused(q, p.names); why != "" {
		return &rpc.CheckResponse{Failures: []*rpc.CheckFailure{{Property: "deploymentConfiguration", Reason: why}}}, nil
	}
	return ask(ctx, p, q, &q.Urn, &q.Type, p.bridge.Check)
}

func (p *proxy) Diff(ctx context.Context, q *rpc.DiffRequest) (*rpc.DiffResponse, error) {
	typ := q.GetType()
	answer, err := ask(ctx, p, q, &q.Urn, &q.Type, p.bridge.Diff)
	for ours, theirs := range renamed[typ] {
		for _, names := range [][]string{answer.GetReplaces(), answer.GetStables(), answer.GetDiffs()} {
			if at := slices.Index(names, theirs); at >= 0 {
				names[at] = ours
			}
		}
		if one, there := answer.GetDetailedDiff()[theirs]; there {
			delete(answer.DetailedDiff, theirs)
			answer.DetailedDiff[ours] = one
		}
	}
	return answer, err
}

func (p *proxy) Create(ctx context.Context, q *rpc.CreateRequest) (*rpc.CreateResponse, error) {
	c := &change{verb: "create", doing: "creating", urn: q.GetUrn(), news: q.GetProperties(), preview: q.GetPreview()}
	if p.awaits(q.GetType(), c) {
		return p.createService(ctx, q, c)
	}
	return ask(ctx, p, q, &q.Urn, &q.Type, p.bridge.Create)
}

func (p *proxy) Read(ctx context.Context, q *rpc.ReadRequest) (*rpc.ReadResponse, error) {
	return ask(ctx, p, q, &q.Urn, &q.Type, p.bridge.Read)
}

func (p *proxy) Update(ctx context.Context, q *rpc.UpdateRequest) (*rpc.UpdateResponse, error) {
	c := &change{verb: "update", doing: "updating", urn: q.GetUrn(), news: q.GetNews(), state: q.GetOlds(), preview: q.GetPreview()}
	if p.awaits(q.GetType(), c) {
		return p.updateService(ctx, q, c)
	}
	return ask(ctx, p, q, &q.Urn, &q.Type, p.bridge.Update)
}

func (p *proxy) Delete(ctx context.Context, q *rpc.DeleteRequest) (*emptypb.Empty, error) {
	return ask(ctx, p, q, &q.Urn, &q.Type, p.bridge.Delete)
}

func (p *proxy) Invoke(ctx context.Context, q *rpc.InvokeRequest) (*rpc.InvokeResponse, error) {
	token, err := p.names.token(q.GetTok())
	if err != nil {
		return nil, err
	}
	q.Tok = token
	return p.bridge.Invoke(ctx, q)
}

func (p *proxy) Handshake(ctx context.Context, q *rpc.ProviderHandshakeRequest) (*rpc.ProviderHandshakeResponse, error) {
	return p.bridge.Handshake(ctx, q)
}

func (p *proxy) CheckConfig(ctx context.Context, q *rpc.CheckRequest) (*rpc.CheckResponse, error) {
	return p.bridge.CheckConfig(ctx, q)
}

func (p *proxy) DiffConfig(ctx context.Context, q *rpc.DiffRequest) (*rpc.DiffResponse, error) {
	return p.bridge.DiffConfig(ctx, q)
}

func (p *proxy) Configure(ctx context.Context, q *rpc.ConfigureRequest) (*rpc.ConfigureResponse, error) {
	return p.bridge.Configure(ctx, q)
}

func (p *proxy) Cancel(ctx context.Context, q *emptypb.Empty) (*emptypb.Empty, error) {
	return p.bridge.Cancel(ctx, q)
}

func (p *proxy) Attach(ctx context.Context, q *rpc.PluginAttach) (*emptypb.Empty, error) {
	return p.bridge.Attach(ctx, q)
}

func (p *proxy) GetPluginInfo(context.Context, *emptypb.Empty) (*rpc.PluginInfo, error) {
	return &rpc.PluginInfo{Version: p.version}, nil
}
