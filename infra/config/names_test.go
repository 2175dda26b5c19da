package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/config"
	"github.com/mote-dev/mote/infra/internal/project"
)

func TestConfig_AcceptsDomainsAsDNSWritesThem(t *testing.T) {
	for _, one := range [][3]string{
		{"api.example.com", "example.com.", "example.com"},
		{"api.xn--p1ai", "xn--p1ai.", ""},
		{"api.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"},
		{"mote.example.com.", "example.com", "example.com"},
	} {
		if one[2] == "" {
			continue // A zone has at least two labels.
		}
		c, err := parse(t, map[string]string{"mote:domain": one[0], "mote:hostedZone": one[1]})
		require.NoError(t, err, one)
		require.Equal(t, strings.TrimSuffix(one[0], "."), c.Certificate.Domain)
		require.Equal(t, one[2], c.Certificate.HostedZone)
	}
	c, err := parse(t, map[string]string{"mote:domain": "api.xn--p1ai", "mote:selfSignedCertificate": "true"})
	require.NoError(t, err)
	require.Equal(t, "api.xn--p1ai", c.Certificate.Domain)
}

func TestConfig_RejectsNamesThatAWSWouldReject(t *testing.T) {
	long := strings.Repeat("a", 50) + "." + strings.Repeat("b", 13) + ".com"
	for wrong, changes := range map[string]map[string]string{
		`mote:loadBalancerName is "internal-x": AWS keeps`:  {"mote:loadBalancerName": "internal-x"},
		"ACM makes certificates for names of at most 64":    {"mote:domain": long, "mote:hostedZone": "com.example", "mote:selfSignedCertificate": "true"},
		`mote:allowedCidrs has "192.0.2.0/24" twice`:        {"mote:allowedCidrs": `["192.0.2.0/24","198.51.100.0/24","192.0.2.0/24"]`},
		`mote:domain is "10.0.0.1"`:                         {"mote:domain": "10.0.0.1", "mote:selfSignedCertificate": "true"},
		`mote:scalingTimezone is "Europe/Atlantis"`:         {"mote:scalingTimezone": "Europe/Atlantis"},
		`mote:scalingTimezone is ""`:                        {"mote:scalingTimezone": ""},
		`mote:scalingSchedule has "cron(0 7 * * MON-FRI) 4`: {"mote:scalingSchedule": `["cron(0 7 * * MON-FRI) 4 12"]`},
		`mote:scalingSchedule has "at(tomorrow) 4 12"`:      {"mote:scalingSchedule": `["at(tomorrow) 4 12"]`},
	} {
		_, err := parse(t, changes)
		require.ErrorContains(t, err, wrong)
	}
	_, err := parse(t, map[string]string{"mote:domain": long, "mote:certificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/one"})
	require.NoError(t, err, "a certificate that exists may have the name among others")
}

func TestConfig_UnknownSettingNamesTheNearest(t *testing.T) {
	values, err := project.Config("..", "")
	require.NoError(t, err)
	all := func(key string) (string, bool) {
		value, present := values[project.Name+":"+key]
		return value, present
	}
	for key, meant := range map[string]string{"cpuu": "cpu", "taskPublicIp": "assignPublicIp", "Memory": "memory", "stopTimeout": "stopTimeoutSeconds"} {
		_, err := config.Parse(all, "cpu", key)
		require.ErrorContains(t, err, "mote:"+key+" is not a setting: did you mean "+meant+"?")
		require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 1:")
	}
	_, err = config.Parse(all, "cpu", "stackReference", "import")
	require.NoError(t, err)
}

func TestConfig_RejectsARNsOfAnotherPlace(t *testing.T) {
	certificate := "arn:aws:acm:us-east-1:123456789012:certificate/one"
	balancer := "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/team-mote/0123456789abcdef"
	c, err := parse(t, map[string]string{
		"mote:domain": "mote.example.com", "mote:certificateArn": certificate, "mote:alarmTopicArn": "arn:aws:sns:us-east-1:123456789012:team",
		"mote:import": `["loadBalancer=` + balancer + `"]`, "mote:loadBalancerName": "team-mote",
		"mote:secrets":          `["A=arn:aws:ssm:us-east-1:123456789012:parameter/a"]`,
		"mote:secretsKmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/one",
	})
	require.NoError(t, err)
	require.NoError(t, c.CheckARNs("us-east-1", "aws"))
	err = c.CheckARNs("eu-central-1", "aws")
	require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 3:")
	for _, key := range []string{"certificateArn", "alarmTopicArn", "import"} {
		require.ErrorContains(t, err, "mote:"+key+" has \"arn:aws:")
	}
	err = c.CheckARNs("us-east-1", "aws-cn")
	require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 5:")
	require.ErrorContains(t, err, "mote:secretsKmsKeyArn has")
	require.ErrorContains(t, err, "mote:secrets has")

	c, err = parse(t, map[string]string{"mote:domain": "mote.example.com", "mote:certificateArn": "arn:aws:iam::123456789012:server-certificate/one"})
	require.NoError(t, err)
	require.NoError(t, c.CheckARNs("eu-central-1", "aws"), "certificates of IAM are of no region")
}
