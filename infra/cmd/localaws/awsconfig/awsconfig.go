// Package awsconfig says how a rehearsal's programs reach the local AWS, and keeps them from ever reaching the real one.
package awsconfig

import (
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

const (
	// Region is the only one that a rehearsal knows.
	Region = "us-east-1"
	// Account is the account number that the local AWS answers with.
	Account = "000000000000"
	// Key is what the local AWS takes for credentials: anything. Calls are told apart by it: those that a role of production makes there
	// have that role's name instead.
	Key = "rehearsal"
	// TaskKey begins the access keys of tasks. The name of the task's role comes behind it. emulator/program/tasks.py has it too.
	TaskKey = "task-"
)

// patience is how long an answer is waited for, longer than any takes. The SDK by itself would wait for ever for one that does not come.
const patience = 30 * time.Second

// Config is the AWS SDK's, pointed at one address for all services.
func Config(address string) aws.Config { return ConfigAs(address, Key) }

// ConfigAs is a Config with another access key.
func ConfigAs(address, key string) aws.Config {
	return aws.Config{
		Region: Region, BaseEndpoint: &address, Credentials: credentials.NewStaticCredentialsProvider(key, Key, ""),
		HTTPClient: awshttp.NewBuildableClient().WithTimeout(patience),
	}
}

// Role is the access key for what a command does to a stack: the name of the role that does it in production.
func Role(command, stack string) string {
	switch command {
	case "up", "destroy":
		return "deploy-" + stack
	case "preview":
		return "preview-" + stack
	default:
		return Key
	}
}

// RoleARN is the ARN of the role that such an access key stands for.
func RoleARN(key string) string { return "arn:aws:iam::" + Account + ":role/" + key }

// Environment points every AWS program at the local AWS, with an access key. The user's profiles, credentials and endpoints are shut out:
// those variables are empty, and the files that they could come from are named as files that hold nothing.
func Environment(address, key string) map[string]string {
	local := map[string]string{
		"AWS_ENDPOINT_URL": address,
		// S3's clients put a bucket's name before the host's, which nothing here resolves, unless the host is an address.
		"AWS_ENDPOINT_URL_S3": strings.Replace(address, "localhost", "127.0.0.1", 1),
		"AWS_REGION":          Region, "AWS_DEFAULT_REGION": Region,
		"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": Key,
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"NO_PROXY": "*", "no_proxy": "*",
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if _, is := local[name]; strings.HasPrefix(name, "AWS_") && !is {
			local[name] = ""
		}
	}
	return local
}
