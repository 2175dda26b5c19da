package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/cluster"
	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
	"github.com/mote-dev/mote/infra/cmd/localaws/notifications"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
	"github.com/mote-dev/mote/infra/cmd/localaws/session"
	"github.com/mote-dev/mote/infra/cmd/localaws/statuspage"
	"github.com/mote-dev/mote/infra/cmd/localaws/tools"
	"github.com/mote-dev/mote/infra/components/registry"
	"github.com/mote-dev/mote/infra/internal/project"
)

// answering is how long the load balancer may take until the new tasks answer through it.
const answering = 60 * time.Second

// steps are those of "up": the parts, and then the stack is opened, deployed, verified and asked. Before them scripts/dev/up.sh compiles.
const steps = session.Parts + 4

// up starts what is not running, deploys, sees that the version is rolled out, and asks the URL.
func up(ctx context.Context, o options) error {
	all := o.done + steps
	if o.onEKS() {
		all += session.ClusterParts
	}
	progress.Plan(o.done, all)
	defer progress.Accompany()()
	return beside(ctx, o, func(s *session.Session, p tools.Places) error {
		if err := start(ctx, s, p, o); err != nil {
			return err
		}
		return withStack(ctx, s, p, o, func(locked *session.Stack, stack *deploy.Stack) error {
			key := awsconfig.Role(o.command, o.stack)
			outputs, err := bringUp(ctx, locked, stack)
			if err != nil {
				return explain(ctx, s, stack, key, err)
			}
			if err := verify(ctx, s, stack, key); err != nil {
				return err
			}
			return progress.Step("Asking the service through the load balancer", func() error { return show(ctx, s, outputs) })
		})
	})
}

// start starts what is not running, with a cluster for a service that is to run on Kubernetes.
func start(ctx context.Context, s *session.Session, p tools.Places, o options) error {
	if !o.onEKS() {
		return s.Start(ctx, "")
	}
	if err := refuseSecrets(p, o); err != nil {
		return err
	}
	kubernetes, err := tools.Kubernetes(ctx, p)
	if err != nil {
		return err
	}
	return s.Start(ctx, kubernetes)
}

// refuseSecrets says at once what pods would wait for in vain.
func refuseSecrets(p tools.Places, o options) error {
	own, err := deploy.Values(p.Root, o.stack)
	if err != nil {
		return err
	}
	value, given := o.settings["secrets"]
	if !given {
		value = own[deploy.Key("secrets")]
	}
	if value == "" || value == "[]" {
		return nil
	}
	return fmt.Errorf("%s is set: the rehearsal's Kubernetes has no driver that reads secrets, which EKS has as an add-on. "+
		"Rehearse secrets with PLATFORM=fargate, or without them here", deploy.Key("secrets"))
}

// bringUp makes the local AWS be as the program says.
func bringUp(ctx context.Context, locked *session.Stack, stack *deploy.Stack) (outputs deploy.Outputs, err error) {
	about := ""
	if locked.First() {
		about = " (over a minute, most of it the time that AWS's provider waits for a load balancer)"
	}
	err = locked.Deploy(ctx, stack.Setting("registryEndpoint"), func() error {
		progress.Begin("Deploying%s", about)
		outputs, err = stack.Up(ctx)
		return err
	})
	return outputs, err
}

// show asks the deployed service through the load balancer and prints what it answers.
func show(ctx context.Context, s *session.Session, outputs deploy.Outputs) error {
	base := s.Emulator.LoadBalancer(outputs["loadBalancer"])
	var text strings.Builder
	fmt.Fprintf(&text, "\n%s is up: %s\n\n", project.Name, base)
	if err := askAll(ctx, &text, base, listener(outputs["url"]), outputs["smokePaths"]); err != nil {
		return err
	}
	if s.Cluster.Is() {
		service, err := s.Cluster.Service(ctx, s.ClusterFolder(), outputs["namespace"], outputs["deployment"])
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "\nand in the cluster, through the Service: %s\n\n", service)
		if err := askAll(ctx, &text, service, "", outputs["smokePaths"]); err != nil {
			return err
		}
		fmt.Fprintf(&text, "\n  kubectl  %s --kubeconfig %s --namespace %s\n", s.Cluster.Program("kubectl"), cluster.Kubeconfig(s.ClusterFolder()), outputs["namespace"])
	}
	fmt.Fprintf(&text, "\n  image    %s\n  picture  %s\n\nAfter a change, \"make up\" rolls it out; \"make down\" takes all of this away.\n", outputs["imageDigest"], s.Shim.URL()+statuspage.Path)
	_, err := io.WriteString(os.Stdout, text.String())
	return err
}

// askAll asks for some paths below an address, which have to be there, and writes down what comes.
func askAll(ctx context.Context, text io.Writer, base, host, paths string) error {
	for path := range strings.FieldsSeq(paths) {
		path = strings.TrimPrefix(path, "/")
		status, body, err := ask(ctx, base+path, host)
		if err != nil {
			return err
		}
		fmt.Fprintf(text, "  GET /%-7s %d  %s\n", path, status, strings.TrimSpace(body))
		if status != http.StatusOK {
			return fmt.Errorf("GET %s%s answers %d: %s", base, path, status, body)
		}
	}
	return nil
}

// listener is the host to ask for, by whose port the emulator tells a load balancer's listeners apart. It speaks plain HTTP on all
// of them. Empty is the host of the address.
func listener(url string) string {
	if strings.HasPrefix(url, "https://") {
		return "localhost:443"
	}
	return ""
}

// ask waits until the load balancer has a target, and gives what it answers then.
func ask(ctx context.Context, url, host string) (status int, body string, err error) {
	client := &http.Client{Timeout: 10 * time.Second}
	for deadline := time.Now().Add(answering); ; time.Sleep(250 * time.Millisecond) {
		if ctx.Err() != nil {
			return 0, "", ctx.Err()
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return 0, "", fmt.Errorf("ask %s: %w", url, err)
		}
		request.Host = host
		answer, err := client.Do(request)
		if err == nil {
			text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
			_ = answer.Body.Close()
			if answer.StatusCode < 500 || time.Now().After(deadline) {
				return answer.StatusCode, string(text), nil
			}
		} else if time.Now().After(deadline) {
			return 0, "", fmt.Errorf("ask %s: %w", url, err)
		}
	}
}

// preview fails when there is a change, so that scripts can ask whether there is.
func preview(ctx context.Context, o options) error {
	return withRunning(ctx, o, func(_ *session.Session, _ *session.Stack, stack *deploy.Stack) error {
		var changes deploy.Changes
		if err := progress.During("Asking what a deployment would change", func() (err error) {
			changes, err = stack.Preview(ctx)
			return err
		}); err != nil {
			return err
		}
		unchanged := changes["same"]
		// What is only read is no change: `pulumi preview --expect-no-changes` leaves it out, too.
		for _, operation := range []apitype.OpType{apitype.OpSame, apitype.OpRead, apitype.OpReadDiscard, apitype.OpReadReplacement} {
			delete(changes, string(operation))
		}
		if len(changes) > 0 {
			return fmt.Errorf("there are changes: %v", changes)
		}
		fmt.Printf("no change: all %d resources are as the program says\n", unchanged)
		return nil
	})
}

func destroy(ctx context.Context, o options) error {
	return withRunning(ctx, o, func(s *session.Session, locked *session.Stack, stack *deploy.Stack) error {
		progress.Say("Removing what is deployed")
		return locked.Deploy(ctx, s.Shim.Registry(), func() error { return stack.Destroy(ctx) })
	})
}

func down(_ context.Context, o options) error {
	// Taking down is not cut short by an interruption or a closed terminal: half of it would be worse than either.
	signal.Ignore(syscall.SIGPIPE)
	return with(o, func(s *session.Session, _ tools.Places) error {
		return progress.During("Taking the local AWS down", func() error { return s.Down(context.Background()) })
	})
}

// statusOf is what "status" prints: what is deployed, and enough for a program to find its way in the rehearsal.
type statusOf struct {
	statuspage.Deployed

	Running    bool   `json:"running"`
	Folder     string `json:"folder"`
	DockerHost string `json:"dockerHost"`
	Emulator   string `json:"emulator"`
	Shim       string `json:"shim"`
	Calls      string `json:"calls"`
	// Notifications are what Alertmanager would have sent, the oldest first.
	Notifications []notifications.Notification `json:"notifications"`
	// Kubectl is a program and its first arguments, where there is a Kubernetes.
	Kubectl []string `json:"kubectl,omitempty"`
}

func status(ctx context.Context, o options) error {
	p, err := tools.FindPlaces()
	if err != nil {
		return err
	}
	s, err := session.Load(p, o.name)
	if err != nil {
		return err
	}
	sent, err := notifications.Read(s.Notifications())
	if err != nil {
		return err
	}
	told := statusOf{
		Running: s.Running(ctx), Folder: s.Path(""), DockerHost: s.Engine.Host, Emulator: s.Emulator.URL(), Shim: s.Shim.URL(), Calls: s.Calls(),
		Notifications: sent,
	}
	if told.Running {
		if s.Cluster.Is() {
			told.Kubectl = []string{s.Cluster.Program("kubectl"), "--kubeconfig", cluster.Kubeconfig(s.ClusterFolder())}
		}
		if told.Deployed, err = readDeployed(ctx, s); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}

// readDeployed asks what runs in a rehearsal that is running.
func readDeployed(ctx context.Context, s *session.Session) (statuspage.Deployed, error) {
	var pods *cluster.API
	if s.Cluster.Is() {
		var err error
		if pods, err = cluster.Connect(s.ClusterFolder()); err != nil {
			return statuspage.Deployed{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, statuspage.Looking)
	defer cancel()
	return statuspage.NewClients(awsconfig.Config(s.Emulator.URL()), s.Notifications(), pods).Deployed(ctx)
}

// with opens the rehearsal for one command alone.
func with(o options, run func(*session.Session, tools.Places) error) error {
	p, err := tools.FindPlaces()
	if err != nil {
		return err
	}
	s, err := session.Open(p, o.name)
	if err != nil {
		return err
	}
	defer s.Close()
	return run(s, p)
}

// beside opens the rehearsal for one command, beside others if it runs.
func beside(ctx context.Context, o options, run func(*session.Session, tools.Places) error) error {
	p, err := tools.FindPlaces()
	if err != nil {
		return err
	}
	s, err := session.Join(ctx, p, o.name)
	if err != nil {
		return err
	}
	defer s.Close()
	return run(s, p)
}

// withRunning opens a stack of a rehearsal that is running.
func withRunning(ctx context.Context, o options, run func(*session.Session, *session.Stack, *deploy.Stack) error) error {
	return beside(ctx, o, func(s *session.Session, p tools.Places) error {
		if !s.Running(ctx) {
			return errors.New(`no rehearsal is running: "make up" starts one`)
		}
		return withStack(ctx, s, p, o, func(locked *session.Stack, stack *deploy.Stack) error { return run(s, locked, stack) })
	})
}

// withStack locks a stack and opens it with the rehearsal's settings: where the image is, where it is pushed to, and what was
// asked for.
func withStack(
	ctx context.Context, s *session.Session, p tools.Places, o options, run func(*session.Stack, *deploy.Stack) error,
) error {
	locked, err := s.Lock(o.stack)
	if err != nil {
		return err
	}
	defer locked.Unlock()
	t, err := target(s, p, o)
	if err != nil {
		return err
	}
	t.Mark = locked.Mark()
	if s.Cluster.Is() {
		plugin, err := tools.KubernetesPlugin(ctx, p)
		if err != nil {
			return err
		}
		t.Programs = []string{plugin}
	}
	stack, err := deploy.Open(ctx, t)
	if err != nil {
		return errors.Join(err, locked.KillOrphans())
	}
	return errors.Join(run(locked, stack), locked.KillOrphans())
}

func target(s *session.Session, p tools.Places, o options) (deploy.Target, error) {
	image := o.image
	if image == "" {
		image = filepath.Join(p.Root, "target", "dist", "image")
	}
	if !registry.IsReference(image) {
		path, err := filepath.Abs(image)
		if err != nil {
			return deploy.Target{}, fmt.Errorf("find the image: %w", err)
		}
		image = path
	}
	own, err := deploy.Values(p.Root, o.stack)
	if err != nil {
		return deploy.Target{}, err
	}
	asked := map[string]string{}
	if o.onEKS() {
		// What a deployment to AWS states of its own roles.
		asked[deploy.Key("kubernetesAdminArns")] = fmt.Sprintf("[%q]", awsconfig.RoleARN(awsconfig.Role("up", o.stack)))
		asked[deploy.Key("kubernetesViewArns")] = fmt.Sprintf("[%q]", awsconfig.RoleARN(awsconfig.Role("preview", o.stack)))
		asked[deploy.Key("rollbackOnAlarms")] = "false"
	}
	for name, value := range o.settings {
		asked[deploy.Key(name)] = value
	}
	return deploy.Target{
		Places: p, Stack: o.stack, Folder: s.Path("pulumi"), Scratch: s.Path("tmp"), Mark: s.Path(""), Passphrase: s.Passphrase,
		Shim: s.Shim.URL(), AccessKey: awsconfig.Role(o.command, o.stack),
		Settings: deploy.Over(own, map[string]string{
			deploy.Key("image"): image, deploy.Key("registryEndpoint"): s.Shim.Registry(),
			deploy.Key("permissionsBoundary"): "github-" + project.Name + "-boundary-" + o.stack,
			// The emulator makes alarms but tells half of what they are, so each preview would find them changed.
			deploy.Key("alarms"): "false",
		}, asked),
	}, nil
}
