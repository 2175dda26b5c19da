package config

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// checkEgress refuses ways out that lead nowhere, and those that are not used.
func checkEgress(r *reader, n Network, existing Existing) {
	private := n.Egress == "nat" || n.Egress == "endpoints"
	if private && existing.Vpc != "" {
		r.wrong("egress", "is %q, and mote:existingVpc is set: what is there already is not changed, so it must be public; "+
			"mote:taskPublicAddress says whether tasks have public addresses there", n.Egress)
	}
	if n.Egress == "public" && !n.PublicAddress && existing.Vpc == "" && r.is("taskPublicAddress", "false") {
		r.wrong("taskPublicAddress", "is false, and tasks would reach neither registry nor logs: set mote:egress to nat or endpoints, "+
			"or use an existing network")
	}
	if n.NATPerZone && n.Egress != "nat" {
		r.wrong("natPerZone", "is true, and mote:egress is %q: it must be nat", n.Egress)
	}
	if private {
		checkBlocks(r, n)
	}
}

// checkBlocks refuses addresses for tasks that the network has given to others. A block that is none was refused before.
func checkBlocks(r *reader, n Network) {
	public, publicError := netip.ParsePrefix(n.Cidr)
	tasks, tasksError := netip.ParsePrefix(n.TaskCidr)
	if publicError == nil && tasksError == nil && public.Overlaps(tasks) {
		r.wrong("taskCidr", "is %q: it must not overlap mote:vpcCidr, which is %q", n.TaskCidr, n.Cidr)
	}
}

// SecretServices are the services of AWS that the task's secrets come from. They ask the key management themselves, so a task needs no way there.
func (t Task) SecretServices() []string {
	services := map[string]bool{}
	for _, arn := range t.Secrets {
		if fields := strings.Split(arn, ":"); len(fields) > 2 {
			services[fields[2]] = true
		}
	}
	return slices.Sorted(maps.Keys(services))
}
