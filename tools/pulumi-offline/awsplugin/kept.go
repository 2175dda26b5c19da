package awsplugin

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// keptNames are names as a file has them. The bridge writes ten megabytes each time that it is asked for them, which takes half a second of processor
// time, and what it says depends on bridge and provider alone.
type keptNames struct {
	Resources, Functions map[string]string
	ShiftsTraffic        bool
}

// knownNames reads the names from the file beside this program, or has the bridge asked and keeps what it says. Each build of plugin and bridge is in
// a folder of its own. Where nothing can be written, the bridge is asked each time.
func knownNames(provider string, ask func() ([]byte, error)) (*names, error) {
	file, err := namesFile(provider)
	if err != nil {
		return nil, err
	}
	var kept keptNames
	if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &kept) == nil {
		return &names{resources: kept.Resources, functions: kept.Functions, shiftsTraffic: kept.ShiftsTraffic}, nil
	}
	said, err := ask()
	if err != nil {
		return nil, err
	}
	n, err := newNames(said)
	if err == nil {
		_ = n.keep(file)
	}
	return n, err
}

// namesFile is where the names of one provider are kept: another file at its path is another provider.
func namesFile(provider string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	info, err := os.Stat(provider)
	if err != nil {
		return "", fmt.Errorf("look at the provider: %w", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", provider, info.Size(), info.ModTime().UnixNano()))
	return filepath.Join(filepath.Dir(self), "names-"+hex.EncodeToString(sum[:8])+".json"), nil
}

// keep writes the names in one step: another plugin may read them at the same moment.
func (n *names) keep(file string) error {
	text, err := json.Marshal(keptNames{Resources: n.resources, Functions: n.functions, ShiftsTraffic: n.shiftsTraffic})
	if err != nil {
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = beside.Write(text)
	if err == nil {
		err = os.Rename(beside.Name(), file)
	}
	if err != nil {
		_ = os.Remove(beside.Name())
	}
	_ = beside.Close()
	return err
}
