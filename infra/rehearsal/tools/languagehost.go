package tools

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"mote/infra/rehearsal/languagehost"
)

// LanguageHost gives the folder of the program by which the Pulumi CLI runs Go programs, for the front of PATH: empty when the CLI
// has its own, as every installed one does.
func LanguageHost(p Places, pulumi string) (string, error) {
	if _, err := exec.LookPath(languagehost.Binary); err == nil {
		return "", nil
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(pulumi), languagehost.Binary)); err == nil {
		return "", nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	link := filepath.Join(p.Cache, "tools", "languagehost", languagehost.Binary)
	return filepath.Dir(link), relink(self, link)
}
