// Package progress tells the person who is watching what happens, in whole sentences and without long silences.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// heartbeat is how long nothing new may be on the screen.
const heartbeat = 10 * time.Second

// Out is where progress goes: not standard output, which belongs to answers.
var Out io.Writer = os.Stderr

// numbered is where the numbers of steps begin and end, when the command has a known number of them.
var numbered struct{ at, of int }

// Plan says how many steps there are from now on, and how many of them others have done before.
func Plan(done, of int) { numbered.at, numbered.of = done, of }

// Skip passes over steps that need not be done.
func Skip(steps int) { numbered.at += steps }

// Begin prints the next step of the plan.
func Begin(format string, args ...any) {
	numbered.at++
	if numbered.of > 0 {
		format = fmt.Sprintf("%d of %d: ", numbered.at, numbered.of) + format
	}
	Say(format, args...)
}

// Step begins a step, does the work and reports every ten seconds that it is still going.
func Step(text string, work func() error) error {
	Begin("%s", text)
	stop := Beat("")
	defer stop()
	return work()
}

// Say prints one line about what happens beside the plan.
func Say(format string, args ...any) {
	write("==> "+format, args...)
}

// Detail prints one line that belongs to the step before.
func Detail(format string, args ...any) {
	write("    "+format, args...)
}

// written is when the last line was, in nanoseconds.
var written atomic.Int64

func write(format string, args ...any) {
	written.Store(time.Now().UnixNano())
	fmt.Fprintf(Out, format+"\n", args...)
}

// Accompany says after ten seconds without a word, also between two steps, that something is still going, until the returned function is called.
func Accompany() (stop func()) {
	written.Store(time.Now().UnixNano())
	return every(time.Second, func(seconds int) {
		// A step has its own word first.
		if time.Since(time.Unix(0, written.Load())) > heartbeat+time.Second {
			Detail("still going: %d s", seconds)
		}
	})
}

// During says a step, does the work and reports every ten seconds that it is still going.
func During(text string, work func() error) error {
	Say("%s", text)
	name, _, _ := strings.Cut(text, ",")
	stop := beat(func() string {
		if atWork.Load() == 1 {
			return ""
		}
		return name
	})
	defer stop()
	return work()
}

// Beat reports every ten seconds that something is still going, until the returned function is called.
func Beat(what string) (stop func()) { return beat(func() string { return what }) }

// atWork counts what goes on side by side: then each has to say what it is.
var atWork atomic.Int32

func beat(what func() string) (stop func()) {
	atWork.Add(1)
	end := every(heartbeat, func(seconds int) { Detail("still at it%s: %d s", inBrackets(what()), seconds) })
	return func() { end(); atWork.Add(-1) }
}

// every does something again and again, which is told how many seconds have passed, until the returned function is called. Then it does no more.
func every(interval time.Duration, do func(seconds int)) (stop func()) {
	start, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				do(int(time.Since(start).Seconds()))
			}
		}
	}()
	return func() { close(done); <-ended }
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
