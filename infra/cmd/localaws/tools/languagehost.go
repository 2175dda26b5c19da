package tools

import (
	"os"
	"os/exec"
	"path/filepath"

	"github.com/mote-dev/mote/infra/cmd/localaws/languagehost"
)

// LanguageHost gives the folder of the program by which the Pulumi CLI runs Go programs, for the front of PATH: empty when the CLI
// has its own, as every installed one does.
func LanguageHost(pulumi string) (string, error) {
	if _, err := exec.LookPath(languagehost.Binary); err == nil {
		return "", nil
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(pulumi), languagehost.Binary)); err == nil {
		return "", nil
	}
	return linked(languagehost.Binary)
}
