package cluster

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/components/kubernetes/schemas"
)

func TestAddresses_RangesAreApart(t *testing.T) {
	at := addresses{net.IPv4(172, 30, 4, 0).To4()}
	require.Equal(t, []string{"172.30.4.1", "172.30.4.2", "172.30.4.11", "172.30.4.12"}, []string{at.host(), at.control(), at.node(0), at.node(1)})
	var ranges []*net.IPNet
	for _, text := range []string{"172.30.4.0/24", at.services(), at.podsOf(0), at.podsOf(1)} {
		_, one, err := net.ParseCIDR(text)
		require.NoError(t, err)
		for _, other := range ranges {
			require.False(t, one.Contains(other.IP), text)
		}
		ranges = append(ranges, one)
	}
	_, pods, err := net.ParseCIDR(at.pods())
	require.NoError(t, err)
	for i, one := range ranges {
		require.Equal(t, i > 1, pods.Contains(one.IP), "what is a pod's is known by its address")
	}
}

func TestCluster_AddressesAreTheSameWhenReadAgain(t *testing.T) {
	written := Cluster{Block: net.IPv4(172, 30, 4, 0).To4()}
	text, err := json.Marshal(written)
	require.NoError(t, err)
	var read Cluster
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, "https://172.30.4.2", read.Endpoint())
}

func TestIdentify_EachIsSignedForWhatItIs(t *testing.T) {
	folder := t.TempDir()
	c := Cluster{}
	require.NoError(t, identify(&c, folder, addresses{net.IPv4(172, 30, 0, 0).To4()}))
	require.NotEmpty(t, c.Authority)
	roots := x509.NewCertPool()
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		return text
	}
	require.True(t, roots.AppendCertsFromPEM(read("ca.crt")))
	parse := func(name string) *x509.Certificate {
		block, _ := pem.Decode(read(name))
		cert, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		return cert
	}
	for name, who := range map[string][2]string{
		"admin.crt": {"eks:admin", "system:masters"}, "node-1.crt": {"system:node:node-1", "system:nodes"}, "node-2.crt": {"system:node:node-2", "system:nodes"},
	} {
		cert := parse(name)
		require.Equal(t, who[0], cert.Subject.CommonName)
		require.Equal(t, []string{who[1]}, cert.Subject.Organization)
		_, err := cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		require.NoError(t, err)
	}
	_, err := parse("api.crt").Verify(x509.VerifyOptions{Roots: roots, DNSName: "172.30.0.2"})
	require.NoError(t, err)
}

// What an API server wants of a custom kind's schema: a type everywhere, or that it is either a number or a text.
func TestStructural_EachKindIsOneThatAnAPIServerTakes(t *testing.T) {
	var check func(path string, schema object)
	check = func(path string, schema object) {
		require.NotContains(t, schema, "$ref", path)
		if schema["x-kubernetes-int-or-string"] == true {
			require.NotContains(t, schema, "type", path)
		} else {
			require.IsType(t, "", schema["type"], path)
		}
		for name, one := range schemasIn(schema["properties"]) {
			check(path+"."+name, one)
		}
		for _, key := range []string{"items", "additionalProperties"} {
			if one, is := schema[key].(object); is {
				check(path+"."+key, one)
			} else {
				require.NotContains(t, schema, key, path)
			}
		}
	}
	for _, one := range kinds {
		text, err := schemas.Files.ReadFile(one.file + ".json")
		require.NoError(t, err)
		var whole object
		require.NoError(t, json.Unmarshal(text, &whole))
		definitions, _ := whole["definitions"].(object)
		check(one.kind, structural(whole["properties"].(object)["spec"].(object), definitions))
	}
}

func schemasIn(properties any) map[string]object {
	found := map[string]object{}
	if all, is := properties.(object); is {
		for name, one := range all {
			found[name] = one.(object)
		}
	}
	return found
}
