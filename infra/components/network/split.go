package network

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
)

// smallestSubnet is AWS's limit for a subnet, and the load balancer wants eight free addresses in each: a /27 has them.
const smallestSubnet = 27

// parts is more than a region has zones: however many are used, each has the same addresses, so that a subnet that stays keeps its block
// when others come or go. AWS can neither change a block nor have two that overlap.
const parts = 8

// split cuts an IPv4 block into equal parts.
func split(block string) ([]string, error) {
	network, err := netip.ParsePrefix(block)
	if err != nil || !network.Addr().Is4() {
		return nil, fmt.Errorf("%q is no IPv4 network, such as 10.0.0.0/16", block)
	}
	length := network.Bits() + bits.Len(uint(parts-1))
	if length > smallestSubnet {
		return nil, fmt.Errorf("%s is too small for %d subnets: each needs at least a /%d", block, parts, smallestSubnet)
	}
	first := network.Masked().Addr().As4()
	base := binary.BigEndian.Uint32(first[:])
	var blocks []string
	for i := range parts {
		var address [4]byte
		binary.BigEndian.PutUint32(address[:], base+uint32(i)<<(32-length))
		blocks = append(blocks, netip.PrefixFrom(netip.AddrFrom4(address), length).String())
	}
	return blocks, nil
}
