// Package progress tells the person who is watching what happens, in whole sentences and without long silences.
package progress

import (
	"fmt"
	"io"
	"os"
	"time"
)

// heartbeat is how long nothing new may be on the screen.
const heartbeat = 10 * time.Second

// Out is where progress goes: not standard output, which belongs to answers.
var Out io.Writer = os.Stderr

// Say prints one step.
func Say(format string, args ...any) {
	fmt.Fprintf(Out, "==> "+format+"\n", args...)
}

// Detail prints one line that belongs to the step before.
func Detail(format string, args ...any) {
	fmt.Fprintf(Out, "    "+format+"\n", args...)
}

// During says a step, does the work and reports every ten seconds that it is still going.
func During(text string, work func() error) error {
	Say("%s", text)
	stop := Beat("")
	defer stop()
	return work()
}

// Beat reports every ten seconds that something is still going, until the returned function is called.
func Beat(what string) (stop func()) {
	start, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	if what != "" {
		what = " (" + what + ")"
	}
	go func() {
		defer close(ended)
		ticker := time.NewTicker(heartbeat)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				Detail("still at it%s: %d s", what, int(time.Since(start).Seconds()))
			}
		}
	}()
	return func() { close(done); <-ended }
}
