package cluster

import (
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"time"

	"github.com/mote-dev/mote/infra/cmd/localaws/process"
)

// ones is the length of the mask of all of a cluster's addresses: 1024, in four ranges of 256.
const (
	ones      = 22
	rangeOnes = 24
)

// addresses are a cluster's, out of one block: the network of machines, the Services, and the pods of each node.
type addresses struct{ block net.IP }

func (a addresses) at(part, host byte) net.IP {
	// What was written down and read again has 16 bytes.
	block := a.block.To4()
	return net.IPv4(block[0], block[1], block[2]+part, host).To4()
}
func (a addresses) host() string         { return a.at(0, 1).String() }
func (a addresses) control() string      { return a.at(0, 2).String() }
func (a addresses) node(i int) string    { return a.at(0, byte(11+i)).String() }
func (a addresses) services() string     { return written(a.at(1, 0), rangeOnes) }
func (a addresses) podsOf(i int) string  { return written(a.at(byte(2+i), 0), rangeOnes) }
func (a addresses) pods() string         { return written(a.at(2, 0), rangeOnes-1) }
func (a addresses) firstService() net.IP { return a.at(1, 1) }

func written(ip net.IP, ones int) string { return fmt.Sprintf("%s/%d", ip, ones) }

// plugIn lays the cable between this machine and the control plane's network namespace.
func plugIn(link string, control int, a addresses) error {
	return process.IP(
		[]string{"link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", strconv.Itoa(control)},
		[]string{"address", "add", written(a.at(0, 1), rangeOnes), "dev", link},
		[]string{"link", "set", link, "up"},
	)
}

// plugNode lays a cable from the control plane's bridge to a node, and tells this machine that the node's pods are behind it. The first node is the way
// to Services as well.
func plugNode(control, node, i int, a addresses) error {
	name := "node" + strconv.Itoa(i)
	if err := process.IP([]string{"link", "add", name, "netns", strconv.Itoa(control), "type", "veth", "peer", "name", "eth0", "netns", strconv.Itoa(node)}); err != nil {
		return err
	}
	within := []string{"-t", strconv.Itoa(control), "-n", "ip", "link", "set", name}
	for _, words := range [][]string{{"master", "br0"}, {"up"}} {
		if err := process.Run(exec.Command("nsenter", append(append([]string{}, within...), words...)...)); err != nil {
			return err
		}
	}
	routes := [][]string{{"route", "add", a.podsOf(i), "via", a.node(i)}}
	if i == 0 {
		routes = append(routes, []string{"route", "add", a.services(), "via", a.node(i)})
	}
	return process.IP(routes...)
}

// unplugged waits until the kernel has taken the cable with the namespace that it ended in.
func unplugged(link string) error {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if _, err := net.InterfaceByName(link); err != nil {
			return nil //nolint:nilerr // It is gone, as it should be.
		}
	}
	return process.IP([]string{"link", "delete", link})
}
