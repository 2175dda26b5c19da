package stack

import (
	"crypto/x509"
	"encoding/pem"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const listeners = "lb/listener:Listener"

// certificates are the three ways to one.
var certificates = map[string]map[string]string{
	"zone":        {"domain": "mote.example.com", "hostedZone": "example.com"},
	"existing":    {"domain": "mote.example.com", "certificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/one"},
	"self-signed": {"domain": "mote.example.com", "selfSignedCertificate": "true"},
}

// secured runs a check over each way to a certificate, on each platform.
func secured(t *testing.T, check func(t *testing.T, r *pulumimocks.Recording)) {
	t.Helper()
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		for way, changes := range certificates {
			t.Run(way, func(t *testing.T) { check(t, deployed(t, trial{changes: changes})) })
		}
	})
}

// listener returns the one on a port.
func listener(t testing.TB, r *pulumimocks.Recording, count int, port float64) map[string]any {
	t.Helper()
	for _, one := range r.Of(t, listeners, count) {
		if one.Inputs["port"] == port {
			return one.Inputs
		}
	}
	t.Fatalf("no listener on port %v", port)
	return nil
}

func TestTLS_DomainIsServedByHTTPSOnly(t *testing.T) {
	secured(t, func(t *testing.T, r *pulumimocks.Recording) {
		secure := listener(t, r, 2, 443)
		require.Equal(t, "HTTPS", secure["protocol"])
		require.NotEmpty(t, secure["certificateArn"])
		require.Equal(t, "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", secure["sslPolicy"])
		require.Equal(t, "max-age=31536000", secure["routingHttpResponseStrictTransportSecurityHeaderValue"])

		plain := listener(t, r, 2, 80)
		require.Equal(t, []any{map[string]any{
			"type": "redirect", "redirect": map[string]any{"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
		}}, plain["defaultActions"])
		require.Equal(t, "https://mote.example.com", r.Outputs["url"])
		ports := map[any]bool{}
		for _, rule := range r.Of(t, ingress, 3) {
			ports[rule.Inputs["toPort"]] = true
		}
		require.Equal(t, map[any]bool{80.0: true, 443.0: true, 8080.0: true}, ports)
	})
}

func TestTLS_WithoutADomainOnlyHTTPIsOpen(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		r := deployed(t, trial{})
		plain := listener(t, r, 1, 80)
		require.Equal(t, "HTTP", plain["protocol"])
		require.NotContains(t, plain, "routingHttpResponseStrictTransportSecurityHeaderValue")
		r.Of(t, "acm/certificate:Certificate", 0)
		r.Of(t, "route53/record:Record", 0)
	})
}

func TestTLS_ListenersHideTheServer(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		for _, changes := range []map[string]string{nil, certificates["zone"]} {
			for _, one := range deployed(t, trial{changes: changes}).Of(t, listeners, 1+len(changes)/2) {
				require.Equal(t, false, one.Inputs["routingHttpResponseServerEnabled"])
				require.Equal(t, "nosniff", one.Inputs["routingHttpResponseXContentTypeOptionsHeaderValue"])
			}
		}
	})
}

func TestTLS_CertificateIsValidatedBeforeUse(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		r := deployed(t, trial{changes: certificates["zone"]})
		requested := r.One(t, "acm/certificate:Certificate").Inputs
		require.Equal(t, "mote.example.com", requested["domainName"])
		require.Equal(t, "DNS", requested["validationMethod"])
		r.One(t, "acm/certificateValidation:CertificateValidation")
		kinds := map[any]any{}
		for _, record := range r.Of(t, "route53/record:Record", 2) {
			require.Equal(t, "zone-of-example.com", record.Inputs["zoneId"])
			require.Equal(t, record.Inputs["type"] == "CNAME", record.Options.GetRetainOnDelete(), "another stack's certificate may live by the validation record")
			kinds[record.Inputs["type"]] = record.Inputs["name"]
		}
		require.Equal(t, map[any]any{"CNAME": "_validation.mote.example.com", "A": "mote.example.com"}, kinds)
		r.Of(t, "route53/zone:Zone", 0)
	})
}

func TestTLS_SelfSignedCertificateIsKept(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		imported := deployed(t, trial{changes: certificates["self-signed"]}).One(t, "acm/certificate:Certificate")
		require.ElementsMatch(t, []string{"privateKey", "certificateBody"}, imported.Options.GetIgnoreChanges())
		block, _ := pem.Decode([]byte(imported.Inputs["certificateBody"].(string)))
		require.NotNil(t, block)
		made, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		require.NoError(t, made.VerifyHostname("mote.example.com"))
	})
}

func TestTLS_PrivateKeyIsASecret(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		imported := deployed(t, trial{changes: certificates["self-signed"]}).One(t, "acm/certificate:Certificate")
		key := imported.Options.GetObject().GetFields()["privateKey"].GetStructValue()
		require.NotNil(t, key, "the key is plain text")
		require.Contains(t, key.String(), "1b47061264138c4ac30d75fd1eb44270", "the mark that Pulumi puts on secrets")
	})
}

func TestTLS_FollowsSettings(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		changes := map[string]string{"tlsPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06", "hstsSeconds": "0"}
		maps.Copy(changes, certificates["existing"])
		secure := listener(t, deployed(t, trial{changes: changes}), 2, 443)
		require.Equal(t, "ELBSecurityPolicy-TLS13-1-3-2021-06", secure["sslPolicy"])
		require.NotContains(t, secure, "routingHttpResponseStrictTransportSecurityHeaderValue")
		require.Equal(t, certificates["existing"]["certificateArn"], secure["certificateArn"])
	})
}

func TestTLS_RejectsACertificateOfAnotherRegion(t *testing.T) {
	r, err := deploy(t, trial{changes: map[string]string{
		"domain": "mote.example.com", "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/one",
	}})
	require.ErrorContains(t, err, "mote:certificateArn has")
	require.ErrorContains(t, err, "it must be of the region eu-central-1, in which the stack is")
	require.Empty(t, r.Resources)
}

func TestConfig_RejectsHalfACertificate(t *testing.T) {
	for wrong, changes := range map[string]map[string]string{
		"mote:domain is":                {"domain": "mote.example.com"},
		"mote:hostedZone is set":        {"hostedZone": "example.com"},
		"mote:hostedZone is \"other":    {"domain": "mote.example.com", "hostedZone": "other.example"},
		"mote:certificateArn is set":    {"certificateArn": certificates["existing"]["certificateArn"]},
		"mote:selfSignedCertificate is": {"selfSignedCertificate": "true"},
	} {
		r, err := deploy(t, trial{changes: changes})
		require.ErrorContains(t, err, wrong)
		require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 1:")
		require.Empty(t, r.Resources)
	}
}
