package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConfig_RejectsAddressesThatAWSWouldReject has the rows of AWS's table of restrictions for the blocks of a VPC.
func TestConfig_RejectsAddressesThatAWSWouldReject(t *testing.T) {
	for _, one := range []struct{ vpc, tasks, wrong string }{
		{"10.0.0.0/16", "10.128.0.0/16", ""},
		{"10.0.0.0/16", "10.1.0.0/16", ""},
		{"10.2.0.0/16", "10.0.0.0/16", ""},
		{"10.0.0.0/16", "100.64.0.0/16", ""},
		{"10.0.0.0/16", "198.18.0.0/16", ""},
		{"172.16.0.0/16", "172.17.0.0/16", ""},
		{"192.168.0.0/24", "192.168.1.0/24", ""},
		{"100.64.0.0/16", "100.65.0.0/16", ""},
		{"172.31.0.0/16", "172.20.0.0/16", ""},

		{"10.0.0.0/16", "10.0.128.0/17", "must not overlap"},
		{"192.168.0.0/16", "10.128.0.0/16", "same private range (RFC 1918)"},
		{"10.0.0.0/16", "172.16.0.0/16", "same private range (RFC 1918)"},
		{"172.16.0.0/16", "192.168.0.0/16", "same private range (RFC 1918)"},
		{"100.64.0.0/16", "10.128.0.0/16", "same private range (RFC 1918)"},
		{"198.19.0.0/16", "10.128.0.0/16", "same private range (RFC 1918)"},
		{"172.16.0.0/16", "172.31.0.0/16", "never adds"},
		{"10.0.0.0/16", "198.19.0.0/24", "never adds"},
		{"10.1.0.0/16", "10.0.0.0/16", "must not be in 10.0.0.0/16"},
	} {
		for _, egress := range []string{"nat", "endpoints"} {
			_, err := parse(t, map[string]string{"mote:egress": egress, "mote:vpcCidr": one.vpc, "mote:taskCidr": one.tasks})
			if one.wrong == "" {
				require.NoError(t, err)
				continue
			}
			require.ErrorContains(t, err, "mote:taskCidr is \""+one.tasks)
			require.ErrorContains(t, err, one.wrong)
			require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 1:")
		}
		_, err := parse(t, map[string]string{"mote:vpcCidr": one.vpc, "mote:taskCidr": one.tasks})
		require.NoError(t, err, "taskCidr is not used")
	}
}

func TestConfig_RejectsReservedAddresses(t *testing.T) {
	for _, block := range []string{"127.0.0.0/16", "0.0.0.0/16", "169.254.0.0/16", "224.1.0.0/16", "240.0.0.0/16"} {
		for _, key := range []string{"mote:vpcCidr", "mote:taskCidr"} {
			_, err := parse(t, map[string]string{key: block})
			require.ErrorContains(t, err, key+" is \""+block+"\", which is reserved")
		}
	}
}
