package config

import (
	"net/netip"
	"slices"

	"github.com/mote-dev/mote/infra/components/network"
)

// Which addresses a VPC can have, and which ones can be added to it:
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions
var (
	// reserved is for no VPC at all: this network, loopback, link-local, multicast and future use (RFC 6890).
	reserved = prefixes("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
	// private is RFC 1918: a VPC has addresses of one of these at most.
	private = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
	// neverAdded is what AWS uses itself beside others.
	neverAdded = prefixes("198.19.0.0/16", "172.31.0.0/16")
	// Where a VPC has addresses of lowTen, lowestTen cannot be added.
	lowTen    = netip.MustParsePrefix("10.0.0.0/15")
	lowestTen = netip.MustParsePrefix("10.0.0.0/16")
)

func prefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// vpcCidr takes an IPv4 network for a VPC of at most eight subnets.
func (r *reader) vpcCidr(key string) string {
	const shortest, longest = 16, 24
	text, present := r.given(key)
	if !present {
		return text
	}
	network, err := netip.ParsePrefix(text)
	if err != nil || !network.Addr().Is4() || network != network.Masked() || network.Bits() < shortest || network.Bits() > longest {
		r.errorf(key, "is %q: it must be an IPv4 network between /%d and /%d, such as 10.0.0.0/%d", text, shortest, longest, shortest)
		return text
	}
	if of(reserved, network) >= 0 {
		r.errorf(key, "is %q, which is reserved: it must be an IPv4 network that a VPC can have, such as 10.0.0.0/16", text)
	}
	return text
}

// cidrs takes a list of at least one IPv4 network.
func (r *reader) cidrs(key string) []string {
	before := len(r.errors)
	values := r.list(key)
	if len(values) == 0 && len(r.errors) == before {
		r.errorf(key, "is empty: it must list at least one IPv4 network, such as 0.0.0.0/0 for the world")
	}
	for _, value := range values {
		network, err := netip.ParsePrefix(value)
		if err != nil || !network.Addr().Is4() || network != network.Masked() {
			r.errorf(key, "has %q: each must be an IPv4 network, such as 192.0.2.0/24", value)
		}
	}
	return values
}

// of is the place of the range that a network is in, or -1.
func of(ranges []netip.Prefix, network netip.Prefix) int {
	return slices.IndexFunc(ranges, network.Overlaps)
}

// checkTaskCidr refuses addresses for tasks that AWS would not add to the network. A setting that is no network was refused before.
func checkTaskCidr(r *reader, n network.Settings) {
	first, firstErr := netip.ParsePrefix(n.Cidr)
	second, secondErr := netip.ParsePrefix(n.TaskCidr)
	if firstErr != nil || secondErr != nil {
		return
	}
	var why string
	switch {
	case first.Overlaps(second):
		why = "must not overlap"
	case of(private, second) >= 0 && of(private, first) != of(private, second):
		why = "must be in the same private range (RFC 1918) as"
	case of(neverAdded, second) >= 0:
		why = "is a range that AWS never adds to"
	case lowTen.Overlaps(first) && lowestTen.Overlaps(second):
		why = "must not be in 10.0.0.0/16, which AWS does not add to"
	default:
		return
	}
	r.errorf("taskCidr", "is %q: it %s mote:vpcCidr, which is %q", n.TaskCidr, why, n.Cidr)
}
