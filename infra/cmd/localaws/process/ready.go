package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// logged is how much of a log is shown when a program did not come up.
const logged = 2000

// WaitUntilReady waits until a program that was just started is ready. It fails as soon as the program has ended.
func WaitUntilReady(ctx context.Context, ref Ref, limit time.Duration, log string, ready func() bool) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !ref.Alive() {
			break
		}
		if ready() {
			return nil
		}
	}
	text, _ := os.ReadFile(log)
	end := strings.TrimSpace(string(text[max(0, len(text)-logged):]))
	return fmt.Errorf("%s did not come up; its log %s ends with:\n%s", strings.TrimSuffix(filepath.Base(log), ".log"), log, end)
}
