package emulatorshim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
)

// rebalancing is the property of a service that the emulator takes and forgets. AWS gives it back, and a provider that does not
// get it back sees a change in each preview.
const rebalancing = "availabilityZoneRebalancing"

// services forwards ECS requests, remembers that property, and makes tasks be on no container instance.
type services struct {
	forward *httputil.ReverseProxy
	mutex   sync.Mutex
	asked   map[string]any // by the service's ARN
}

// askedKey is under what a request carries the property that it asked for.
type askedKey struct{}

func newServices(emulator *url.URL) *services {
	s := &services{asked: map[string]any{}}
	s.forward = forwarder(emulator, s.complete)
	return s
}

func (s *services) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if _, operation := target(q); operation == "CreateService" || operation == "UpdateService" {
		body, err := read(q)
		if err != nil {
			refuse(w, err)
			return
		}
		var asked map[string]any
		if json.Unmarshal(body, &asked) == nil && asked[rebalancing] != nil {
			q = q.WithContext(context.WithValue(q.Context(), askedKey{}, asked[rebalancing]))
		}
	}
	s.forward.ServeHTTP(w, q)
}

// completed are the operations whose answers are changed.
var completed = map[string]bool{"CreateService": true, "UpdateService": true, "DescribeServices": true, "DescribeTasks": true}

// complete adds the property to each service in an answer that was asked to have it and comes without, and takes from tasks what they are not on.
func (s *services) complete(answer *http.Response) error {
	_, operation := target(answer.Request)
	if answer.StatusCode != http.StatusOK || !completed[operation] {
		return nil
	}
	return edit(answer, func(body []byte) ([]byte, error) {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber() // Times are numbers, and must stay as they were written.
		var text map[string]any
		if err := decoder.Decode(&text); err != nil {
			return nil, fmt.Errorf("read the emulator's answer: %w", err)
		}
		asked := answer.Request.Context().Value(askedKey{})
		s.fill(text["service"], asked)
		if all, is := text["services"].([]any); is {
			for _, one := range all {
				s.fill(one, nil)
			}
		}
		takeInstances(text["tasks"])
		return json.Marshal(text)
	})
}

// takeInstances takes from tasks the container instance that the emulator makes up. On AWS a task of Fargate has none, and Prometheus asks for what is
// told of one, which no role may.
func takeInstances(tasks any) {
	all, _ := tasks.([]any)
	for _, one := range all {
		if task, is := one.(map[string]any); is && task["launchType"] != "EC2" {
			delete(task, "containerInstanceArn")
		}
	}
}

// fill completes one service, after noting what was asked of it just now.
func (s *services) fill(service, asked any) {
	properties, is := service.(map[string]any)
	if !is {
		return
	}
	if deployments, is := properties["deployments"].([]any); is {
		properties["deployments"] = slices.DeleteFunc(deployments, over)
	}
	arn := fmt.Sprint(properties["serviceArn"])
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if asked != nil {
		s.asked[arn] = asked
	}
	if value, known := s.asked[arn]; known && properties[rebalancing] == nil {
		properties[rebalancing] = value
	}
}

// over tells whether a deployment was rolled back and has no task any more. AWS drops it from its answers then; the emulator names
// it for ever, and a provider that waits until there is one deployment waits until its time is over.
func over(deployment any) bool {
	properties, is := deployment.(map[string]any)
	if !is || properties["status"] == "PRIMARY" || properties["rolloutState"] != "FAILED" {
		return false
	}
	for _, count := range []string{"runningCount", "pendingCount", "desiredCount"} {
		if fmt.Sprint(properties[count]) != "0" {
			return false
		}
	}
	return true
}
