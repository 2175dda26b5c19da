package emulatorshim

import (
	"net/http"
	"strings"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
)

// metadata begins the paths at which ECS tells a task about itself:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
const metadata = "/v4/"

// ForTasks is what containers reach: AWS's calls, which are signed as the role of a task, and what ECS tells a task about itself. Nothing of the
// emulator's own, and no call of another caller.
func (p *Proxy) ForTasks() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		accessKey, _, _ := signer(q)
		switch {
		case strings.HasPrefix(q.URL.Path, metadata):
			p.direct.ServeHTTP(w, q)
		case strings.HasPrefix(q.URL.Path, "/_"):
			http.NotFound(w, q)
		case strings.HasPrefix(accessKey, awsconfig.TaskKey):
			p.recorded.ServeHTTP(w, q)
		default:
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.Header().Set("X-Amzn-Errortype", unknownCaller)
			w.WriteHeader(http.StatusForbidden)
			write(w, map[string]string{"__type": unknownCaller, "message": "The security token included in the request is invalid."})
		}
	})
}

// unknownCaller is AWS's code for an access key that it does not know.
const unknownCaller = "UnrecognizedClientException"
