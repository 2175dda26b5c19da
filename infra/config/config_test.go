package config_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/mote-dev/mote/infra/config"
	"github.com/mote-dev/mote/infra/internal/project"
)

// parse reads the defaults with changes over them.
func parse(t require.TestingT, changes map[string]string) (config.Config, error) {
	values, err := project.Config("..", "")
	require.NoError(t, err)
	maps.Copy(values, changes)
	return config.Parse(func(key string) (string, bool) {
		value, there := values[project.Name+":"+key]
		return value, there
	})
}

func TestConfig_Defaults(t *testing.T) {
	s, err := parse(t, nil)
	require.NoError(t, err)
	require.Equal(t, 256, s.Service.CPU)
	require.Equal(t, 512, s.Service.Memory)
	require.Equal(t, 8080, s.Service.Port)
	require.Equal(t, 2, s.Autoscaling.Min)
	require.Equal(t, 6, s.Autoscaling.Max)
	require.Equal(t, 2, s.Network.Zones)
	require.Equal(t, map[string]string{
		"MOTE_PORT": "8080", "MOTE_METRICS_PORT": "9090", "MOTE_LOG_LEVEL": "info", "MOTE_TRUSTED_HOPS": "1", "MOTE_MAX_TARGET_BYTES": "8192",
		"MOTE_KEEPALIVE_TIMEOUT_SECONDS": "75", "MOTE_DRAIN_DELAY_SECONDS": "5", "MOTE_SHUTDOWN_TIMEOUT_SECONDS": "8",
	}, s.Service.Environment)
}

func TestConfig_EverySettingIsDescribedAndRead(t *testing.T) {
	described, err := project.Settings("..")
	require.NoError(t, err)
	read := map[string]bool{}
	_, err = config.Parse(func(key string) (string, bool) {
		read[key] = true
		return "", false
	})
	require.Error(t, err)
	for key, setting := range described {
		require.NotEmpty(t, setting.Type, key)
		require.NotNil(t, setting.Default, key)
		require.Greater(t, len(setting.Description), 20, key)
		require.True(t, read[key], "%s is described and never read", key)
	}
	require.Len(t, read, len(described), "a setting is read that Pulumi.yaml does not describe: %v", read)
}

func TestConfig_StackFilesAreValid(t *testing.T) {
	described, err := project.Settings("..")
	require.NoError(t, err)
	for _, stack := range []string{"dev", "staging", "prod"} {
		values, err := project.Values("..", stack)
		require.NoError(t, err)
		require.NotEmpty(t, values)
		for key := range values {
			own, is := strings.CutPrefix(key, project.Name+":")
			require.True(t, !is || described[own].Type != "", "%s of %s", key, stack)
		}
		changes := values
		_, err = parse(t, changes)
		require.NoError(t, err, stack)
	}
}

func TestConfig_ErrorSaysWhatIsValid(t *testing.T) {
	described, err := project.Settings("..")
	require.NoError(t, err)
	invalid := map[string]struct{ value, valid string }{
		"platform":                   {"k8s", "fargate, eks"},
		"kubernetesVersion":          {"latest", "such as 1.36"},
		"kubernetesApiCidrs":         {`["::/0"]`, "such as 192.0.2.0/24"},
		"kubernetesAdminArns":        {`["deploy"]`, "the ARN of an IAM role"},
		"kubernetesViewArns":         {`["arn:aws:iam::1:user/me"]`, "the ARN of an IAM role"},
		"image":                      {"", "OCI image layout"},
		"architecture":               {"x86", "X86_64, ARM64"},
		"cpu":                        {"300", "256, 512, 1024"},
		"memory":                     {"600", "[512 1024 2048]"},
		"minTasks":                   {"0", "from 1 to 1000"},
		"maxTasks":                   {"1", "at least minTasks, which is 2"},
		"targetCpuPercent":           {"many", "from 10 to 95"},
		"zones":                      {"1", "from 2 to 6"},
		"vpcCidr":                    {"10.0.0.1/16", "such as 10.0.0.0/16"},
		"allowedCidrs":               {`["::/0"]`, "such as 192.0.2.0/24"},
		"serviceSettings":            {"off", "true, false"},
		"containerPort":              {"65536", "from 1 to 65535"},
		"command":                    {"serve", "a list of texts"},
		"healthCheckCommand":         {`["/health"]`, "CMD and the words of a command"},
		"environment":                {`["NAME"]`, "each must be NAME=VALUE"},
		"permissions":                {`["dynamodb:GetItem"]`, "ACTION [ACTION ...] on ARN"},
		"user":                       {"1:2:3", "such as 65532:65532"},
		"readOnlyRoot":               {"mostly", "true, false"},
		"scratchSpace":               {"/tmp", "true, false"},
		"metricsPort":                {"80", "from 1024 to 65535"},
		"message":                    {"a\nb", "at most 1024 bytes of text without control characters"},
		"cloudwatchMetrics":          {"on", "true, false"},
		"excludedZoneIds":            {`["us-east-1a"]`, "such as use1-az3"},
		"drainDelaySeconds":          {"61", "from 0 to 60"},
		"maxTargetBytes":             {"15361", "from 1024 to 15360"},
		"accessLogSample":            {"0", "from 1 to 10000"},
		"logLevel":                   {"loud", "error, warn, info, debug, trace"},
		"logRetentionDays":           {"0", "1 3 5 7 14 30"},
		"existingRepository":         {"123456789012.dkr.ecr.eu-central-1.amazonaws.com/mote:1", "without its host"},
		"registryEndpoint":           {"http://localhost:5000", "without a scheme"},
		"existingVpc":                {"vpc", "such as vpc-0123456789abcdef0"},
		"existingSubnets":            {`["public"]`, "such as subnet-0123456789abcdef0"},
		"existingTaskSubnets":        {`["private"]`, "such as subnet-0123456789abcdef0"},
		"assignPublicIp":             {"maybe", "true, false"},
		"egress":                     {"private", "public, nat, endpoints"},
		"taskCidr":                   {"10.128.0.0/8", "between /16 and /24"},
		"natPerZone":                 {"both", "true, false"},
		"existingCluster":            {"arn:aws:ecs:x", "not its ARN"},
		"existingLogGroup":           {"arn:aws:logs:x", "not its ARN"},
		"stackReference":             {"network", "such as organization/network/prod"},
		"repositoryName":             {"Team/Mote", "such as team/mote"},
		"logGroupName":               {"arn:aws:logs:x", "not its ARN"},
		"loadBalancerName":           {"-team", "such as team-mote"},
		"import":                     {`["vpc=vpc-0123456789abcdef0"]`, "repository=NAME, logGroup=NAME or loadBalancer=ARN"},
		"domain":                     {"https://mote.example.com", "such as mote.example.com"},
		"hostedZone":                 {"example", "such as example.com"},
		"certificateArn":             {"one", "ARN of a certificate"},
		"selfSignedCertificate":      {"1", "true, false"},
		"tlsPolicy":                  {"ELBSecurityPolicy-2016-08", "a policy with TLS 1.3"},
		"hstsSeconds":                {"-1", "from 0 to 63072000"},
		"alarms":                     {"perhaps", "true, false"},
		"alarmEmail":                 {"team", "such as team@example.com"},
		"alarmTopicArn":              {"topic", "ARN of an SNS topic"},
		"alarmTarget5xxPerMinute":    {"0", "from 1 to 1000000"},
		"alarmLatencyMilliseconds":   {"1s", "from 1 to 60000"},
		"rollbackOnAlarms":           {"on", "true, false"},
		"dashboard":                  {"yes", "true, false"},
		"observability":              {"grafana", "none, prometheus, managed"},
		"prometheusImage":            {"prom/prometheus:latest", "as NAME@sha256:DIGEST"},
		"grafanaImage":               {"grafana/grafana", "as NAME@sha256:DIGEST"},
		"targetMemoryPercent":        {"96", "from 0 to 95"},
		"targetRequestsPerMinute":    {"-5", "from 0 to 1000000"},
		"scalingSchedule":            {`["at noon"]`, "such as cron(0 7 ? * MON-FRI *) 4 12"},
		"scalingTimezone":            {"Berlin time", "such as Europe/Berlin"},
		"spotPercent":                {"101", "from 0 to 100"},
		"zoneRebalancing":            {"1", "true, false"},
		"secrets":                    {`["TOKEN=arn:aws:secretsmanager:eu-central-1:123456789012:secret:*"]`, "without a wildcard"},
		"secretsKmsKeyArn":           {"alias/mote", "ARN of a KMS key"},
		"permissionsBoundary":        {"arn:aws:iam::123456789012:policy/bounds", "not its ARN"},
		"accessLogsBucket":           {"arn:aws:s3:::logs", "not its ARN"},
		"containerInsights":          {"true", "disabled, enabled, enhanced"},
		"imageRetentionCount":        {"1", "from 2 to 1000"},
		"deletionProtection":         {"yes", "true, false"},
		"healthCheckTimeoutSeconds":  {"5", "shorter than healthCheckIntervalSeconds"},
		"healthCheckPath":            {"health", "such as /health"},
		"healthCheckIntervalSeconds": {"1", "from 5 to 300"},
		"deregistrationDelaySeconds": {"-1", "from 0 to 3600"},
		"stopTimeoutSeconds":         {"121", "from 2 to 120"},
		"idleTimeoutSeconds":         {"0", "from 1 to 4000"},
		"deployTimeoutMinutes":       {"1", "from 5 to 30"},
		"deploymentStrategy":         {"BLUE_GREEN", "rolling, blueGreen, canary, linear"},
		"bakeMinutes":                {"26", "from 0 to 25"},
		"canaryPercent":              {"100", "from 1 to 99"},
		"canaryMinutes":              {"ten", "from 0 to 25"},
		"linearPercent":              {"2", "from 3 to 99"},
		"linearMinutes":              {"-1", "from 0 to 25"},

		"healthCheckGracePeriodSeconds": {"901", "from 0 to 900"},
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(described)), slices.Collect(maps.Keys(invalid)))
	for key, test := range invalid {
		_, err := parse(t, map[string]string{"mote:" + key: test.value})
		require.ErrorContains(t, err, "mote:"+key, key)
		require.ErrorContains(t, err, test.valid, key)
	}
}

func TestConfig_RejectsObservabilityThatCannotWork(t *testing.T) {
	for wrong, changes := range map[string]map[string]string{
		"mote:metricsPort is 0":      {"metricsPort": "0"},
		"mote:serviceSettings is fa": {"serviceSettings": "false", "healthCheckCommand": `["NONE"]`},
		"mote:egress is endpoints":   {"egress": "endpoints"},
		"must not be empty":          {"grafanaImage": ""},
	} {
		all := map[string]string{"mote:observability": "prometheus"}
		for key, value := range changes {
			all["mote:"+key] = value
		}
		_, err := parse(t, all)
		require.ErrorContains(t, err, "mote:observability")
		require.ErrorContains(t, err, wrong)
		all["mote:observability"] = "none"
		_, err = parse(t, all)
		require.NoError(t, err)
	}
}

func TestConfig_RejectsManagedObservabilityWithoutATopic(t *testing.T) {
	for wrong, changes := range map[string]map[string]string{
		"mote:metricsPort is 0":     {"metricsPort": "0"},
		"mote:egress is endpoints":  {"egress": "endpoints"},
		"mote:alarms is false":      {"alarms": "false", "rollbackOnAlarms": "false"},
		"so mote:prometheusImage m": {"prometheusImage": ""},
	} {
		all := map[string]string{"mote:observability": "managed"}
		for key, value := range changes {
			all["mote:"+key] = value
		}
		_, err := parse(t, all)
		require.ErrorContains(t, err, "1:\n  mote:observability is \"managed\"")
		require.ErrorContains(t, err, wrong)
	}
	for _, fits := range []map[string]string{{}, {"mote:grafanaImage": ""}, {"mote:alarmTopicArn": "arn:aws:sns:eu-central-1:123456789012:team"}} {
		all := map[string]string{"mote:observability": "managed"}
		maps.Copy(all, fits)
		_, err := parse(t, all)
		require.NoError(t, err)
	}
}

func TestConfig_ListsAllErrors(t *testing.T) {
	_, err := parse(t, map[string]string{"mote:cpu": "1", "mote:zones": "9", "mote:logLevel": "", "mote:allowedCidrs": "[]"})
	require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 4:")
	for _, key := range []string{"cpu", "zones", "logLevel", "allowedCidrs"} {
		require.ErrorContains(t, err, "\n  mote:"+key+" ")
	}
}

func TestConfig_ListsEachErrorOnce(t *testing.T) {
	for key, value := range map[string]string{"memory": "600", "zones": "0", "allowedCidrs": "[]", "deletionProtection": "yes"} {
		_, err := parse(t, map[string]string{"mote:" + key: value})
		require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 1:\n  mote:"+key+" ", key)
	}
}

func TestConfig_SecretsHaveNewNames(t *testing.T) {
	arn := "=arn:aws:ssm:eu-central-1:123456789012:parameter/mote"
	for _, list := range []string{`["MOTE_PORT` + arn + `"]`, `["MOTE_TOKEN` + arn + `"]`, `["A` + arn + `","A` + arn + `/b"]`} {
		_, err := parse(t, map[string]string{"mote:secrets": list})
		require.ErrorContains(t, err, "which the container gets already")
	}
}

func TestConfig_ScheduleBoundsAreARange(t *testing.T) {
	for bounds, legal := range map[string]bool{"1 2": true, "0 3": true, "4 4": true, "5 4": false, "0 0": false} {
		_, err := parse(t, map[string]string{"mote:scalingSchedule": `["cron(0 7 ? * MON-FRI *) ` + bounds + `"]`})
		require.Equal(t, legal, err == nil, bounds)
	}
}

func TestConfig_MissingSettingIsAnError(t *testing.T) {
	described, readError := project.Settings("..")
	require.NoError(t, readError)
	_, err := config.Parse(func(string) (string, bool) { return "", false })
	require.ErrorContains(t, err, "mote:cpu is missing")
	require.ErrorContains(t, err, fmt.Sprintf("Pulumi.<stack>.yaml, %d:", len(described)))
}

// sold is the table of Fargate's documentation, in GiB, written a second time and in another form, so that the program's cannot be wrong alone.
var sold = map[int]func(mib int) bool{
	256:   func(mib int) bool { return mib == 512 || mib == 1024 || mib == 2048 },
	512:   func(mib int) bool { return whole(mib, 1, 4, 1) },
	1024:  func(mib int) bool { return whole(mib, 2, 8, 1) },
	2048:  func(mib int) bool { return whole(mib, 4, 16, 1) },
	4096:  func(mib int) bool { return whole(mib, 8, 30, 1) },
	8192:  func(mib int) bool { return whole(mib, 16, 60, 4) },
	16384: func(mib int) bool { return whole(mib, 32, 120, 8) },
}

func whole(mib, first, last, step int) bool {
	return mib%1024 == 0 && mib/1024 >= first && mib/1024 <= last && (mib/1024-first)%step == 0
}

func TestConfig_AcceptsOnlyFargateSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cpu := rapid.SampledFrom([]int{128, 256, 512, 1024, 1536, 2048, 4096, 8192, 16384}).Draw(t, "cpu")
		memory := rapid.OneOf(rapid.Map(rapid.IntRange(0, 130), func(gib int) int { return gib * 1024 }),
			rapid.SampledFrom([]int{256, 512, 513, 1536})).Draw(t, "memory")
		legal := sold[cpu] != nil && sold[cpu](memory)
		_, err := parse(t, map[string]string{"mote:cpu": strconv.Itoa(cpu), "mote:memory": strconv.Itoa(memory)})
		require.Equal(t, legal, err == nil, "%d and %d: %v", cpu, memory, err)
	})
}

func TestConfig_TaskBoundsAreARange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.IntRange(-3, 1010).Draw(t, "min")
		high := rapid.IntRange(-3, 1010).Draw(t, "max")
		s, err := parse(t, map[string]string{"mote:minTasks": strconv.Itoa(low), "mote:maxTasks": strconv.Itoa(high)})
		require.Equal(t, low >= 1 && low <= high && high <= 1000, err == nil)
		if err == nil {
			require.Equal(t, [2]int{low, high}, [2]int{s.Autoscaling.Min, s.Autoscaling.Max})
		}
	})
}

func TestConfig_NoTextPanics(t *testing.T) {
	described, err := project.Settings("..")
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		changes := map[string]string{}
		for key := range described {
			if rapid.Bool().Draw(t, key) {
				changes["mote:"+key] = rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9./\[\]"-]{0,12}`)).Draw(t, key+" text")
			}
		}
		s, err := parse(t, changes)
		require.True(t, err == nil || strings.HasPrefix(err.Error(), "invalid settings"), fmt.Sprint(s))
	})
}
