// Package cluster runs a real Kubernetes on this machine, for a rehearsal on EKS: a control plane and two nodes, each in namespaces of its own, which the
// kernel takes away with all that is in them when their first process ends.
package cluster

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mote-dev/mote/infra/cmd/localaws/docker"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
)

const (
	// starting bounds the time to the first answer of each part, stopping that of its end.
	starting, stopping = 90 * time.Second, 10 * time.Second
	// Nodes is how many there are: one in each of two zones, which is where a stack spreads its pods over.
	Nodes = 2
)

// Cluster is a Kubernetes that runs. Its folder is not part of it.
type Cluster struct {
	Control    process.Ref   `json:"control,omitzero"`
	Nodes      []process.Ref `json:"nodes,omitempty"`
	Controller process.Ref   `json:"controller,omitzero"`
	// Name is that of this machine's end of the cable, and of the control groups.
	Name string `json:"name,omitempty"`
	// Block is where all addresses are from.
	Block net.IP `json:"block,omitempty"`
	// Programs is the folder of Kubernetes' own.
	Programs string `json:"programs,omitempty"`
	// Relay is where the cluster reaches the local AWS, as HOST:PORT.
	Relay string `json:"relay,omitempty"`
	// Authority is the certificate of the one who signed the API server's, as EKS tells it.
	Authority string `json:"authority,omitempty"`
}

// Is tells whether there is a cluster.
func (c Cluster) Is() bool { return c.Name != "" }

// Name is what the cluster with that short name calls its cable and its control groups: the kernel takes 15 characters.
func Name(short string) string { return "eks-" + short }

// Endpoint is where the API server is.
func (c Cluster) Endpoint() string { return "https://" + addresses{c.Block}.control() }

// Answers tells whether all parts run.
func (c Cluster) Answers() bool {
	for _, ref := range c.Processes() {
		if !ref.Alive() {
			return false
		}
	}
	return len(c.Nodes) == Nodes
}

// Namespaces are the first processes of namespaces of their own.
func (c Cluster) Namespaces() []process.Ref { return append(slices.Clone(c.Nodes), c.Control) }

// Processes are all that were started.
func (c Cluster) Processes() []process.Ref { return append(c.Namespaces(), c.Controller) }

// Kubeconfig is the file by which an administrator of the rehearsal, not of the stack, reaches the API server.
func Kubeconfig(folder string) string { return filepath.Join(folder, "admin.json") }

// Kubectl is a command for the API server, as that administrator.
func (c Cluster) Kubectl(ctx context.Context, folder string, arguments ...string) *exec.Cmd {
	return exec.CommandContext(ctx, c.Program("kubectl"), append([]string{"--kubeconfig", Kubeconfig(folder)}, arguments...)...)
}

// Program is the path of one of Kubernetes' own.
func (c Cluster) Program(name string) string { return filepath.Join(c.Programs, name) }

// Service is the address of a Service, as this machine reaches it.
func (c Cluster) Service(ctx context.Context, folder, namespace, name string) (string, error) {
	out, err := c.Kubectl(ctx, folder, "--namespace", namespace, "get", "service", name, "-o", "jsonpath={.spec.clusterIP}").Output()
	if err != nil {
		return "", fmt.Errorf("look for the Service: %w", err)
	}
	return "http://" + string(out) + "/", nil
}

// StartControl starts a control plane in the folder, which asks at the path tokens of its relay who sent one. What was started is returned also when it
// did not come up.
func (c Cluster) StartControl(ctx context.Context, folder, mark, tokens string, port func(string) (int, error)) (Cluster, error) {
	if err := begin(&c, folder, mark); err != nil {
		return c, err
	}
	// The relay's port can only be looked for once its address is there.
	chosen, err := port(addresses{c.Block}.host())
	if err != nil {
		return c, err
	}
	c.Relay = net.JoinHostPort(addresses{c.Block}.host(), strconv.Itoa(chosen))
	if err := writeJSON(filepath.Join(folder, webhook), kubeconfig("eks", object{"server": "http://" + c.Relay + tokens}, object{})); err != nil {
		return c, err
	}
	return c, process.WaitUntilReady(ctx, c.Control, starting, filepath.Join(folder, "control-plane.log"), func() bool {
		return c.Kubectl(ctx, folder, "get", "--raw", "/readyz").Run() == nil
	})
}

// webhook is the file that says who knows tokens.
const webhook = "webhook.json"

// begin takes a block of addresses, starts the control plane, which waits for that file, and connects this machine with it.
func begin(c *Cluster, folder, mark string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the cluster's folder: %w", err)
	}
	unlock, err := docker.LockNetwork()
	if err != nil {
		return err
	}
	defer unlock()
	if c.Block, err = docker.FreeRange(ones); err != nil {
		return err
	}
	at := addresses{c.Block}
	if err := identify(c, folder, at); err != nil {
		return err
	}
	cmd, err := namespaced(folder, "control-plane.sh", map[string]string{
		"KUBERNETES": c.Programs, "CONTROL": at.control(), "PREFIX": strconv.Itoa(rangeOnes), "SERVICES": at.services(), "PODS": at.pods(),
		"WEBHOOK": filepath.Join(folder, webhook),
	})
	if err != nil {
		return err
	}
	if c.Control, err = process.Start(cmd, mark, filepath.Join(folder, "control-plane.log")); err != nil {
		return err
	}
	return plugIn(c.Name, c.Control.PID, at)
}

// identify writes who is who, and what each of them is told.
func identify(c *Cluster, folder string, at addresses) error {
	signer, err := newAuthority(folder)
	if err != nil {
		return err
	}
	c.Authority = base64.StdEncoding.EncodeToString(signer.text())
	_, err = newKey(filepath.Join(folder, "accounts.key"))
	err = errors.Join(err, signer.server("api", net.ParseIP(at.control()), at.firstService()))
	for _, one := range [][3]string{
		{"admin", "eks:admin", "system:masters"},
		{"controllers", "system:kube-controller-manager", ""},
		{"scheduler", "system:kube-scheduler", ""},
		{"proxy", "system:kube-proxy", ""},
	} {
		err = errors.Join(err, signer.client(one[0], one[1], one[2]), signer.kubeconfig(one[0]+".json", one[0], "https://"+at.control()))
	}
	for i := range Nodes {
		err = errors.Join(err, signer.client(nodeName(i), "system:node:"+nodeName(i), "system:nodes"),
			signer.kubeconfig(nodeName(i)+".json", nodeName(i), "https://"+at.control()))
	}
	return err
}

// StartNodes starts the nodes side by side and waits until the scheduler may use them.
func (c Cluster) StartNodes(ctx context.Context, folder, mark, registry string, zones []string) (Cluster, error) {
	c.Nodes = make([]process.Ref, Nodes)
	failed := make([]error, Nodes)
	var all sync.WaitGroup
	for i := range Nodes {
		all.Go(func() { c.Nodes[i], failed[i] = c.startNode(folder, mark, registry, zones[i], i) })
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return c, err
	}
	for i, ref := range c.Nodes {
		log := filepath.Join(folder, nodeName(i), "kubelet.log")
		if err := process.WaitUntilReady(ctx, ref, starting, log, func() bool {
			out, err := c.Kubectl(ctx, folder, "get", "node", nodeName(i), "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].status}`).Output()
			return err == nil && string(out) == "True"
		}); err != nil {
			return c, err
		}
	}
	return c, nil
}

func nodeName(i int) string { return fmt.Sprintf("node-%d", i+1) }

// group is the control group that a node's pods are in.
func (c Cluster) group(i int) string { return c.Name + "/" + nodeName(i) }

func (c Cluster) startNode(folder, mark, registry, zone string, i int) (process.Ref, error) {
	at, own := addresses{c.Block}, filepath.Join(folder, nodeName(i))
	if err := errors.Join(makeGroup(groups, c.group(i)), c.configureNode(folder, own, registry, i)); err != nil {
		return process.Ref{}, err
	}
	var routes []string
	for other := range Nodes {
		if other != i {
			routes = append(routes, at.podsOf(other)+" "+at.node(other))
		}
	}
	cmd, err := namespaced(own, "node.sh", map[string]string{
		"KUBERNETES": c.Programs, "NODE": nodeName(i), "ZONE": zone, "ADDRESS": at.node(i), "PREFIX": strconv.Itoa(rangeOnes), "PODS": at.pods(),
		"ROUTES": strings.Join(routes, "\n"),
	})
	if err != nil {
		return process.Ref{}, err
	}
	ref, err := process.Start(cmd, mark, filepath.Join(own, "node.log"))
	if err != nil {
		return ref, err
	}
	return ref, plugNode(c.Control.PID, ref.PID, i, at)
}

// namespaced is one of the programs below an init of its own, as the first process of new namespaces.
func namespaced(folder, name string, environment map[string]string) (*exec.Cmd, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder of the cluster: %w", err)
	}
	text, err := programs.ReadFile("program/" + name)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name), text, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	cmd := exec.Command("tini", "--", "bash", filepath.Join(folder, name))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNET, Unshareflags: syscall.CLONE_NEWNS}
	// Debian keeps some of the programs where only root's own PATH leads, and no proxy of the user's is between a node and this machine.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin", "HOME=" + folder, "NO_PROXY=*", "FOLDER=" + folder}
	for key, value := range environment {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	return cmd, nil
}

// Stop ends all of it. With its namespaces go its mounts, networks and processes; the control groups are the machine's own.
func (c Cluster) Stop() error {
	if !c.Is() {
		return nil
	}
	failed := []error{c.Controller.Stop(stopping)}
	for _, ref := range c.Namespaces() {
		failed = append(failed, ref.Stop(stopping))
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return errors.Join(unplugged(c.Name), docker.RemoveGroups(c.Name))
}
