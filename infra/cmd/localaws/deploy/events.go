package deploy

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
)

// quick is how long a change may take without anybody asking what goes on.
const quick = 10 * time.Second

// verbs are what is done to a resource, in words.
var verbs = map[apitype.OpType]string{
	apitype.OpCreate: "making", apitype.OpUpdate: "changing", apitype.OpDelete: "removing",
	apitype.OpReplace: "replacing", apitype.OpCreateReplacement: "replacing", apitype.OpDeleteReplaced: "removing the replaced",
}

// watcher turns the engine's events into words, and keeps in mind what is not done yet.
type watcher struct {
	mutex   sync.Mutex
	pending map[string]time.Time
	done    int
}

// watch gives a channel for the engine's events and tells what happens until the returned function is called.
func watch() (stream chan events.EngineEvent, stop func()) {
	w := &watcher{pending: map[string]time.Time{}}
	stream = make(chan events.EngineEvent)
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(quick)
		defer ticker.Stop()
		for {
			select {
			case event, open := <-stream:
				if !open {
					return
				}
				w.handle(event)
			case <-ticker.C:
				w.report()
			case <-quit:
				return
			}
		}
	}()
	return stream, func() { close(quit); <-ended }
}

// handle takes note of one event.
func (w *watcher) handle(event events.EngineEvent) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if begin := event.ResourcePreEvent; begin != nil && reportable(begin.Metadata) {
		w.pending[thing(begin.Metadata)] = time.Now()
	}
	if end := event.ResOutputsEvent; end != nil && reportable(end.Metadata) {
		delete(w.pending, thing(end.Metadata))
		w.done++
	}
	if failed := event.ResOpFailedEvent; failed != nil {
		progress.Detail("failed: %s", thing(failed.Metadata))
	}
	sayError(event)
}

// sayError prints what the engine calls an error.
func sayError(event events.EngineEvent) {
	if said := event.DiagnosticEvent; said != nil && said.Severity == "error" {
		progress.Detail("error: %s", strings.TrimSpace(plain(said.Message)))
	}
}

// reportable tells whether a step is worth a word: a change of something in AWS or Kubernetes, not of the groups that the program keeps them in.
func reportable(step apitype.StepEventMetadata) bool {
	return verbs[step.Op] != "" && (strings.HasPrefix(step.Type, "aws:") || strings.HasPrefix(step.Type, "kubernetes:"))
}

// report says what is being waited for.
func (w *watcher) report() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var waiting []string
	for name, since := range w.pending {
		waiting = append(waiting, fmt.Sprintf("%s (%d s)", name, int(time.Since(since).Seconds())))
	}
	sort.Strings(waiting)
	if len(waiting) == 0 {
		waiting = []string{"waiting for Pulumi"}
	}
	progress.Detail("%d done; %s", w.done, strings.Join(waiting, ", "))
}

// thing says what is done to what: "making the load balancer".
func thing(step apitype.StepEventMetadata) string {
	kind := step.Type[strings.LastIndexByte(step.Type, ':')+1:]
	var words strings.Builder
	for i, letter := range kind {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			words.WriteByte(' ')
		}
		words.WriteRune(letter)
	}
	what := strings.ToLower(words.String())
	name := step.URN[strings.LastIndexByte(step.URN, ':')+1:]
	return verbs[step.Op] + " the " + what + " " + name
}

// plain removes the engine's marks for colours from a text.
func plain(text string) string {
	for {
		begin := strings.Index(text, "<{%")
		end := strings.Index(text, "%}>")
		if begin < 0 || end < begin {
			return text
		}
		text = text[:begin] + text[end+3:]
	}
}

// sayChanges prints each change of a preview, with the properties that differ.
func sayChanges(all []events.EngineEvent) {
	for _, event := range all {
		if event.ResourcePreEvent == nil || !reportable(event.ResourcePreEvent.Metadata) {
			continue
		}
		step := event.ResourcePreEvent.Metadata
		progress.Detail("would be %s: %s", thing(step), strings.Join(step.Diffs, ", "))
	}
}
