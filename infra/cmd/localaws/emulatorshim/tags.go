package emulatorshim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"sync"
)

// tags keeps the tags of targets, which moto takes with a target but cannot list.
type tags struct {
	mutex sync.Mutex
	of    map[string]map[string]string
}

// tagging is a request about tags; TagResource has Tags, UntagResource has TagKeys.
type tagging struct {
	ResourceARN string
	Tags        map[string]string
	TagKeys     []string
}

// add keeps tags of a target beside those that it has.
func (t *tags) add(resource string, more map[string]string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.of == nil {
		t.of = map[string]map[string]string{}
	}
	if t.of[resource] == nil {
		t.of[resource] = map[string]string{}
	}
	maps.Copy(t.of[resource], more)
}

func (t *tags) remove(resource string, keys []string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, key := range keys {
		delete(t.of[resource], key)
	}
}

func (t *tags) list(resource string) map[string]string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return maps.Clone(t.of[resource])
}

// serve answers the three operations on tags, and tells whether the request was one of them.
func (t *tags) serve(w http.ResponseWriter, operation string, body []byte) bool {
	if operation != "ListTagsForResource" && operation != "TagResource" && operation != "UntagResource" {
		return false
	}
	var q tagging
	if err := json.Unmarshal(body, &q); err != nil {
		refuse(w, fmt.Errorf("the request is no JSON object: %w", err))
		return true
	}
	answer := map[string]map[string]string{}
	switch operation {
	case "ListTagsForResource":
		answer["Tags"] = t.list(q.ResourceARN)
	case "TagResource":
		t.add(q.ResourceARN, q.Tags)
	case "UntagResource":
		t.remove(q.ResourceARN, q.TagKeys)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	write(w, answer)
	return true
}
