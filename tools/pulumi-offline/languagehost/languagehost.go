// Package languagehost lets the Pulumi CLI run a Go program, on machines that have the CLI without the language hosts that come
// with it. It does what running a program needs, builds it and hands it the engine's addresses, and nothing else.
package languagehost

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// watching is how often the host looks whether its engine is still there.
const watching = time.Minute

// Serve answers the engine, whose address is the last argument, until the engine is gone.
func Serve(arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("usage: pulumi-language-go [FLAGS] ADDRESS")
	}
	engine := arguments[len(arguments)-1]
	ctx := context.Background()
	gone := make(chan bool)
	if err := rpcutil.Healthcheck(ctx, engine, watching, func() { close(gone) }); err != nil {
		return fmt.Errorf("watch the engine at %q: %w", engine, err)
	}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: gone,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, &host{engine: engine})
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	// The engine reads the port from the first line.
	fmt.Println(handle.Port)
	return <-handle.Done
}

type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	engine string
}

func (*host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: "0.0.0"}, nil
}

// GetRequiredPackages names none: the engine then loads each plugin when the program registers its first resource of it.
func (*host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// Run builds the program and runs it. What the program says of its own errors has reached the engine already.
func (h *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	folder := request.GetInfo().GetProgramDirectory()
	binary, err := place(folder)
	if err != nil {
		return nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	build.Dir = folder
	// On the same file system Go puts a new program in the place of one that another run may be running.
	build.Env = append(os.Environ(), "GOTMPDIR="+filepath.Dir(binary))
	if output, err := build.CombinedOutput(); err != nil {
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("build the program in %s: %v\n%s", folder, err, output)}, nil
	}
	program := exec.CommandContext(ctx, binary, request.GetArgs()...)
	program.Dir = request.GetPwd()
	program.Stdout, program.Stderr = os.Stdout, os.Stderr
	if program.Env, err = h.environment(request); err != nil {
		return nil, err
	}
	return ended(program.Run())
}

// place is where the program of a folder is kept: Go links it again only when it changed, and an update runs it twice.
func place(folder string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	programs := filepath.Join(cache, "pulumi-language-go")
	return filepath.Join(programs, fmt.Sprintf("%x", sha256.Sum256([]byte(folder)))[:16]), os.MkdirAll(programs, 0o755)
}

// bail is how a program of the Go SDK says that it has reported its error itself.
const bail = 32

func ended(err error) (*pulumirpc.RunResponse, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == bail:
		return &pulumirpc.RunResponse{Bail: true}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program ended with an error: %v", err)}, nil
	}
}

// environment is how the Go SDK hears of its stack, its settings and its engine.
func (h *host) environment(request *pulumirpc.RunRequest) ([]string, error) {
	settings, err := json.Marshal(request.GetConfig())
	if err != nil {
		return nil, err
	}
	secrets, err := json.Marshal(request.GetConfigSecretKeys())
	if err != nil {
		return nil, err
	}
	values := map[string]string{
		pulumi.EnvOrganization:        request.GetOrganization(),
		pulumi.EnvProject:             request.GetProject(),
		pulumi.EnvStack:               request.GetStack(),
		pulumi.EnvPulumiRootDirectory: request.GetInfo().GetRootDirectory(),
		pulumi.EnvConfig:              string(settings),
		pulumi.EnvConfigSecretKeys:    string(secrets),
		pulumi.EnvParallel:            strconv.Itoa(int(request.GetParallel())),
		pulumi.EnvDryRun:              strconv.FormatBool(request.GetDryRun()),
		pulumi.EnvMonitor:             request.GetMonitorAddress(),
		pulumi.EnvEngine:              h.engine,
	}
	environment := os.Environ()
	for name, value := range values {
		environment = append(environment, name+"="+value)
	}
	return environment, nil
}
