package deployment

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// existing is the stack that was deployed into resources which it does not own.
func existing(t *testing.T) (*deployment, existingResources) {
	t.Helper()
	all := startStacks(t)
	all.existing.waitUp(t)
	return all.existing, all.theirs
}

func TestExisting_SecretsReachTheContainerAndNothingElse(t *testing.T) {
	d, theirs := existing(t)
	containers := d.containers(t)
	require.Len(t, containers, 2)
	for _, id := range containers {
		var environment []string
		require.NoError(t, json.Unmarshal([]byte(one(t, d.docker(t), "inspect", "--format", "{{json .Config.Env}}", id)), &environment))
		require.Contains(t, environment, "TOKEN="+theirs.secretValue)
		require.Contains(t, environment, "PARAMETER="+theirs.parameterValue)
	}
	definition := d.in.status(t).ask(t, listing{
		"ecs", ecsPrefix + "DescribeTaskDefinition", `{"taskDefinition":"` + d.output(t, "taskDefinition") + `"}`,
	})
	for place, text := range map[string]string{"task definition": definition, "Pulumi's state": string(d.checkpoint(t))} {
		require.Contains(t, text, theirs.secret, place)
		require.Contains(t, text, theirs.parameter, place)
		require.NotContains(t, text, theirs.secretValue, place)
		require.NotContains(t, text, theirs.parameterValue, place)
	}
}

func TestDeploy_SelfSignedCertificateIsOnTheListener(t *testing.T) {
	d, _ := existing(t)
	s := d.in.status(t)
	require.Equal(t, "https://"+theirDomain, d.output(t, "url"))
	balancer, _ := d.one(t, "aws:lb/loadBalancer:LoadBalancer")["arn"].(string)
	listeners := s.ask(t, listing{"elasticloadbalancing", "", "Action=DescribeListeners&Version=2015-12-01&LoadBalancerArn=" + balancer})
	used := regexp.MustCompile(`<CertificateArn>([^<]+)<`).FindAllStringSubmatch(listeners, -1)
	require.Len(t, used, 1, listeners)
	require.Contains(t, listeners, "<SslPolicy>ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09</SslPolicy>")

	var answered struct{ Certificate string }
	answer := s.ask(t, listing{"acm", "CertificateManager.GetCertificate", `{"CertificateArn":"` + used[0][1] + `"}`})
	require.NoError(t, json.Unmarshal([]byte(answer), &answered))
	block, _ := pem.Decode([]byte(answered.Certificate))
	require.NotNil(t, block, answered.Certificate)
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	require.Equal(t, []string{theirDomain}, certificate.DNSNames)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 397), certificate.NotAfter, 25*time.Hour)
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	_, err = certificate.Verify(x509.VerifyOptions{Roots: roots, DNSName: theirDomain})
	require.NoError(t, err)
	require.NotContains(t, string(d.checkpoint(t)), "PRIVATE KEY", "the key is a secret in Pulumi's state")

	// The emulator speaks plain HTTP on all listeners and tells them apart by the port of the host that is asked for.
	plain := send(t, d.url(t)+"some/path?query=1", theirDomain+":80")
	require.NoError(t, plain.Body.Close())
	require.Equal(t, http.StatusMovedPermanently, plain.StatusCode)
	require.Equal(t, "https://"+theirDomain+":443/some/path?query=1", plain.Header.Get("Location"))
	safe := send(t, d.url(t), theirDomain+":443")
	defer safe.Body.Close()
	body, err := io.ReadAll(safe.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, safe.StatusCode)
	require.Contains(t, string(body), "first")
	require.Equal(t, "max-age=31536000", safe.Header.Get("Strict-Transport-Security"))
}

func TestExisting_ContainerIsWhatItsDefinitionSays(t *testing.T) {
	d := noted(t)
	var seen struct {
		User, Greeting, Root, Scratch string
		Arguments                     []string
		Task                          struct{ Family, LaunchType string }
	}
	require.Equal(t, http.StatusOK, fromNotes(t, d, "", &seen))
	require.Equal(t, "1234:1235", seen.User)
	require.Equal(t, []string{"serve", "now"}, seen.Arguments)
	require.Equal(t, "hello", seen.Greeting)
	require.Equal(t, "open /note: read-only file system", seen.Root)
	require.Empty(t, seen.Scratch, "it can write to /tmp")
	require.Equal(t, "mote-existing", seen.Task.Family)
	require.Equal(t, "FARGATE", seen.Task.LaunchType)
}

func TestExisting_TableIsReachedFromTheContainerAndAnotherOneIsNot(t *testing.T) {
	d := noted(t)
	var got struct {
		Item    map[string]map[string]string
		Type    string `json:"__type"`
		Message string
	}
	require.Equal(t, http.StatusOK, fromNotes(t, d, "tables/"+theirTable, &got))
	require.Equal(t, "kept", got.Item["text"]["S"])
	require.Equal(t, http.StatusForbidden, fromNotes(t, d, "tables/"+otherTable, &got))

	role := d.role(t)
	require.Equal(t, "AccessDeniedException", got.Type)
	require.Contains(t, got.Message, "assumed-role/"+role+"/task is not authorized to perform: dynamodb:PutItem on resource: "+otherTableArn)

	// The judge of calls decides about the same by the policies of the role and its boundary.
	asked := d.calls(t, role)
	require.Equal(t, []string{"PutItem " + theirTable + " 200", "GetItem " + theirTable + " 200", "PutItem " + otherTable + " 403"}, asked)
	require.Contains(t, d.in.status(t).ask(t, listing{
		"dynamodb", "DynamoDB_20120810.GetItem", `{"TableName":"` + theirTable + `","Key":{"id":{"S":"1"}}}`,
	}), `"kept"`, "the table has it, for everybody")
}

func TestExisting_NetworkClusterAndLogGroupOutliveTheStackUntouched(t *testing.T) {
	d, theirs := existing(t)
	s := d.in.status(t)
	for _, made := range d.resources(t) {
		require.NotContains(t, []string{"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ecs/cluster:Cluster"}, made.Type, made.ID)
		require.NotContains(t, []string{theirCluster, theirLogGroup, theirs.secret, theirs.parameter}, made.ID, "it is not the stack's")
	}
	require.Equal(t, theirCluster, d.output(t, "cluster"))
	eventually(t, 20*time.Second, "the service's lines are in the log group", func() bool {
		lines := s.ask(t, listing{"logs", "Logs_20140328.FilterLogEvents", `{"logGroupName":"` + theirLogGroup + `"}`})
		return strings.Contains(lines, "listening on")
	})
	during := theirs.described(t, s)
	require.NotEqual(t, theirs.before[ecsPrefix+"DescribeClusters"], during[ecsPrefix+"DescribeClusters"], "a change must be visible")

	made, before := d.resources(t), inventory(t, s)
	_, err := d.run(t, "destroy", d.flags...)
	require.NoError(t, err)
	requireGone(t, made, before, inventory(t, s))
	after := theirs.described(t, s)
	for question, answer := range theirs.before {
		require.Equal(t, answer, after[question], question)
	}
}
