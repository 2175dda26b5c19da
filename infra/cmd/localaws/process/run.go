package process

import (
	"fmt"
	"os/exec"
	"strings"
)

// Run runs a command to its end. What it printed is part of the error.
func Run(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// IP has ip, of iproute2, do these one after the other.
func IP(commands ...[]string) error {
	for _, words := range commands {
		if err := Run(exec.Command("ip", words...)); err != nil {
			return err
		}
	}
	return nil
}
