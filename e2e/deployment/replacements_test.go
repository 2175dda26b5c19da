package deployment

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// update writes anew which inputs replace a resource: scripts/dev/rehearse.sh test -run TestReplacements -update.
var update = flag.Bool("update", false, "write infra/stack/testdata/replacements.json")

// TestReplacements_AreWhatTheProviderSays asks the provider about each input that the program uses: a resource that has it is to have another
// value. infra/stack judges by the answers what a change of settings replaces.
func TestReplacements_AreWhatTheProviderSays(t *testing.T) {
	provider, older := plugin(t, deployed(t))
	folder := filepath.Join(os.Getenv("MOTE_ROOT"), "infra", "stack", "testdata")
	var used map[string][]map[string]any
	read(t, filepath.Join(folder, "inputs.json"), &used)
	found := map[string][]string{}
	for kind, resources := range used {
		for _, inputs := range resources {
			found[kind] = append(found[kind], replacing(t, provider, kind, inputs)...)
		}
		slices.Sort(found[kind])
		if found[kind] = slices.Compact(found[kind]); len(found[kind]) == 0 {
			delete(found, kind)
		}
	}
	table := filepath.Join(folder, "replacements.json")
	if *update {
		require.NoError(t, os.WriteFile(table, []byte(lines(t, found)), 0o600))
	}
	var known map[string][]string
	read(t, table, &known)
	if older {
		require.Equal(t, known, found, "run again with -update")
		return
	}
	// The table was made with version 5 of the provider, where Pulumi's plugin cannot be downloaded. A newer one may replace less.
	for kind, properties := range found {
		require.Subset(t, known[kind], properties, kind)
	}
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, into))
}

// lines is JSON with a line for each type.
func lines(t *testing.T, found map[string][]string) string {
	t.Helper()
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(found)) {
		text, err := json.Marshal(found[kind])
		require.NoError(t, err)
		all = append(all, fmt.Sprintf("%q: %s", kind, text))
	}
	return "{\n" + strings.Join(all, ",\n") + "\n}\n"
}

// plugin starts Pulumi's AWS plugin as the engine does, and says whether it is the stand-in with an older provider.
func plugin(t *testing.T, r *rehearsal) (provider rpc.ResourceProviderClient, older bool) {
	t.Helper()
	ctx, end := context.WithCancel(context.Background())
	cmd := r.command(ctx, "run", "-name", r.name, "-stack", r.stack, "pulumi-resource-aws", engine(t))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { end(); _ = cmd.Wait() })
	port, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	connection, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	provider = rpc.NewResourceProviderClient(connection)
	_, err = provider.GetSchema(t.Context(), &rpc.GetSchemaRequest{})
	older = grpcstatus.Code(err) == codes.Unimplemented
	settings, err := structpb.NewStruct(map[string]any{"region": "us-east-1", "version": "7.12.0"})
	require.NoError(t, err)
	_, err = provider.Configure(t.Context(), &rpc.ConfigureRequest{Args: settings, AcceptSecrets: true, AcceptResources: true})
	require.NoError(t, err)
	return provider, older
}

// engine serves what a plugin wants of its engine, which is a place for its log.
func engine(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	rpc.RegisterEngineServer(server, silent{})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

type silent struct{ rpc.UnimplementedEngineServer }

func (silent) Log(context.Context, *rpc.LogRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// replacing are the inputs of a resource that cannot be changed in place.
func replacing(t *testing.T, provider rpc.ResourceProviderClient, kind string, before map[string]any) (all []string) {
	t.Helper()
	state := planned(t, provider, kind, before)
	// What AWS would have chosen is not there.
	unchanged := diff(t, provider, kind, state, before)
	for name, value := range before {
		assert.NotContains(t, unchanged, name, "%s: nothing changes", kind)
		for _, other := range changed(value) {
			after := maps.Clone(before)
			after[name] = other
			if slices.Contains(diff(t, provider, kind, state, after), name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// planned is a resource's state as the provider would make it of its inputs, but for what AWS would choose.
func planned(t *testing.T, provider rpc.ResourceProviderClient, kind string, inputs map[string]any) map[string]any {
	t.Helper()
	properties, err := structpb.NewStruct(inputs)
	require.NoError(t, err)
	made, err := provider.Create(t.Context(), &rpc.CreateRequest{Urn: urn(kind), Type: "aws:" + kind, Name: "one", Properties: properties, Preview: true})
	require.NoError(t, err, kind)
	state := maps.Clone(inputs)
	for name, value := range made.GetProperties().GetFields() {
		switch {
		case !unknown.MatchString(value.String()):
			state[name] = value.AsInterface()
		case strings.HasSuffix(name, "Id"): // One of these is the resource's own, in Terraform's state. Without it, all would be new.
			state[name] = "one"
		}
	}
	return state
}

// unknown matches what Pulumi writes for a value that is known after a deployment alone: a UUID for each type.
var unknown = regexp.MustCompile(`"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"`)

func urn(kind string) string { return "urn:pulumi:stack::project::aws:" + kind + "::one" }

// changed are other values than one: for each thing in it that can be changed, one where that is.
func changed(value any) []any {
	switch value := value.(type) {
	case string:
		return []any{value + "x"}
	case float64:
		return []any{value + 1}
	case bool:
		return []any{!value}
	case []any:
		var all []any
		for i, one := range value {
			for _, other := range changed(one) {
				list := slices.Clone(value)
				list[i] = other
				all = append(all, list)
			}
		}
		return all
	case map[string]any:
		var all []any
		for name, one := range value {
			for _, other := range changed(one) {
				object := maps.Clone(value)
				object[name] = other
				all = append(all, object)
			}
		}
		return all
	default:
		return nil
	}
}

// diff are the properties for which the provider would replace a resource.
func diff(t *testing.T, provider rpc.ResourceProviderClient, kind string, before, after map[string]any) []string {
	t.Helper()
	replaced, err := diffOf(t, provider, kind, "99", before, after)
	// A state of another version would be brought up to date, which takes more than inputs. The error says which one the provider has.
	if version := newest.FindStringSubmatch(fmt.Sprint(err)); version != nil {
		replaced, err = diffOf(t, provider, kind, version[1], before, after)
	}
	require.NoError(t, err, "%s: %v", kind, after)
	return replaced
}

var newest = regexp.MustCompile(`from resource schema version 99 to (\d+)`)

// diffOf asks about a state of one version of the provider's schema.
func diffOf(t *testing.T, provider rpc.ResourceProviderClient, kind, version string, before, after map[string]any) ([]string, error) {
	t.Helper()
	state := maps.Clone(before)
	state["id"] = "one"
	state["__meta"] = `{"schema_version":"` + version + `"}`
	olds, err := structpb.NewStruct(state)
	require.NoError(t, err)
	news, err := structpb.NewStruct(after)
	require.NoError(t, err)
	answer, err := provider.Diff(t.Context(), &rpc.DiffRequest{
		Id: "one", Urn: urn(kind), Type: "aws:" + kind, Name: "one", Olds: olds, News: news,
	})
	return answer.GetReplaces(), err
}
