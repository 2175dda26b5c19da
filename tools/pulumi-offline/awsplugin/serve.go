// Package awsplugin is a pulumi-resource-aws for machines that cannot download Pulumi's own: Pulumi's Terraform bridge with
// HashiCorp's AWS provider behind it, under the names of Pulumi's AWS package.
package awsplugin

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	// bridgeProgram is the bridge's, which build.sh puts beside the plugin's.
	bridgeProgram = "terraform-bridge"
	// maxMessage is the largest message between engine, plugin and bridge: the same as Pulumi's own.
	maxMessage = 400 << 20
)

// Serve is the plugin: it prints its port on standard output, as the engine expects, and serves until it is ended. The
// arguments are the engine's and meant for the bridge, which reports to the engine's address by itself.
func Serve(version, provider string, arguments []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	bridge, port, err := startBridge(arguments)
	if err != nil {
		return err
	}
	defer func() { _ = bridge.Process.Kill(); _ = bridge.Wait() }()
	p, err := connect(ctx, port, provider)
	if err != nil {
		return err
	}
	p.version = version
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the engine: %w", err)
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage))
	rpc.RegisterResourceProviderServer(server, p)
	context.AfterFunc(ctx, server.Stop)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return server.Serve(listener)
}

// startBridge starts the bridge and reads the port that it prints. It stays in the plugin's process group, which the engine ends
// as a whole, so that the provider behind the bridge goes with it; should the plugin alone be killed, the kernel ends the bridge.
func startBridge(arguments []string) (*exec.Cmd, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("find this program: %w", err)
	}
	bridge := exec.Command(filepath.Join(filepath.Dir(self), bridgeProgram), arguments...)
	bridge.Stderr = os.Stderr
	bridge.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := bridge.StdoutPipe()
	if err != nil {
		return nil, "", fmt.Errorf("start the Terraform bridge: %w", err)
	}
	if err := bridge.Start(); err != nil {
		return nil, "", fmt.Errorf("start the Terraform bridge: %w", err)
	}
	reader := bufio.NewReader(out)
	port, err := reader.ReadString('\n')
	if err != nil {
		return nil, "", fmt.Errorf("read the Terraform bridge's port: %w", err)
	}
	// A full pipe would block the bridge.
	go func() { _, _ = reader.WriteTo(os.Stderr) }()
	return bridge, strings.TrimSpace(port), nil
}

// connect makes the bridge load the provider and asks which resources it then has.
func connect(ctx context.Context, port, provider string) (*proxy, error) {
	connection, err := grpc.NewClient("127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
	if err != nil {
		return nil, fmt.Errorf("connect to the Terraform bridge: %w", err)
	}
	bridge := rpc.NewResourceProviderClient(connection)
	load := &rpc.ParameterizeRequest_ParametersArgs{Args: []string{loadable(provider)}}
	if _, err := bridge.Parameterize(ctx, &rpc.ParameterizeRequest{
		Parameters: &rpc.ParameterizeRequest_Args{Args: load},
	}); err != nil {
		return nil, fmt.Errorf("load the Terraform provider %s: %w", provider, err)
	}
	n, err := knownNames(provider, func() ([]byte, error) {
		known, err := bridge.GetMapping(ctx, &rpc.GetMappingRequest{Key: "terraform", Provider: "aws"})
		return known.GetData(), err
	})
	if err != nil {
		return nil, fmt.Errorf("ask the Terraform bridge for its names: %w", err)
	}
	service, err := reachECS(ctx, patience)
	if err != nil {
		return nil, err
	}
	return &proxy{bridge: bridge, names: n, ecs: service}, nil
}

// patience is how long an answer is waited for. The SDK would wait for ever for one that does not come, and a deployment with it.
const patience = 30 * time.Second

// reachECS is a client that asks again after that time, as often as the SDK does after any failure.
func reachECS(ctx context.Context, patience time.Duration) (*ecs.Client, error) {
	aws, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(http.NewBuildableClient().WithTimeout(patience)))
	if err != nil {
		return nil, fmt.Errorf("read how AWS is reached: %w", err)
	}
	return ecs.NewFromConfig(aws), nil
}

// loadable is the provider's path without the version: the bridge completes terraform-provider-aws by itself, and takes a path
// with the version for the name of a provider to download.
func loadable(path string) string {
	const program = "terraform-provider-aws"
	if at := strings.LastIndex(path, program); at >= 0 {
		return path[:at+len(program)]
	}
	return path
}
