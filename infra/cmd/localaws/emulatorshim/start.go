package emulatorshim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
)

const (
	starting = 60 * time.Second
	stopping = 5 * time.Second
)

// Filler is the relay, with moto behind it.
type Filler struct {
	Moto  process.Ref `json:"moto"`
	Relay process.Ref `json:"relay"`
	Port  int         `json:"port"`
}

// URL is the address of the relay.
func (s *Filler) URL() string { return "http://localhost:" + strconv.Itoa(s.Port) }

// Answers tells whether both processes are there.
func (s *Filler) Answers() bool { return s.Moto.Alive() && s.Relay.Alive() && listens(s.Port) }

// Stop ends both.
func (s *Filler) Stop() error {
	if err := s.Relay.Stop(stopping); err != nil {
		return err
	}
	return s.Moto.Stop(stopping)
}

// Start starts moto and the relay on two free ports. What was started is returned also when the other did not come up.
func Start(ctx context.Context, python, folder, emulator, mark string, port func() (int, error)) (Filler, error) {
	var s Filler
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return s, fmt.Errorf("make the stand-in's folder: %w", err)
	}
	behind, err := port()
	if err != nil {
		return s, err
	}
	moto := exec.Command(python, "-I", "-m", "moto.server", "-H", "127.0.0.1", "-p", strconv.Itoa(behind))
	moto.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "TMPDIR=" + folder, "MOTO_ACCOUNT_ID=" + awsconfig.Account}
	log := filepath.Join(folder, "moto.log")
	if s.Moto, err = process.Start(moto, mark, log); err != nil {
		return s, err
	}
	if err := process.Await(ctx, s.Moto, starting, log, func() bool { return listens(behind) }); err != nil {
		return s, err
	}
	return s, s.startRelay(ctx, folder, emulator, behind, mark, port)
}

// startRelay starts this program once more, as the relay.
func (s *Filler) startRelay(ctx context.Context, folder, emulator string, moto int, mark string, port func() (int, error)) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if s.Port, err = port(); err != nil {
		return err
	}
	log := filepath.Join(folder, "relay.log")
	relay := exec.Command(self, "relay", strconv.Itoa(s.Port), emulator, "http://localhost:"+strconv.Itoa(moto))
	if s.Relay, err = process.Start(relay, mark, log); err != nil {
		return err
	}
	return process.Await(ctx, s.Relay, starting, log, func() bool { return listens(s.Port) })
}

// Serve is the relay's process: it listens on the port, in front of moto and beside the emulator.
func Serve(port, emulator, moto string) error {
	var addresses [2]*url.URL
	for i, text := range []string{emulator, moto} {
		var err error
		if addresses[i], err = url.Parse(text); err != nil {
			return fmt.Errorf("read an address: %w", err)
		}
	}
	server := &http.Server{
		Addr: "127.0.0.1:" + port, Handler: NewRelay(addresses[0], addresses[1]), ReadHeaderTimeout: 10 * time.Second,
	}
	return server.ListenAndServe()
}

// listens tells whether something accepts connections on the port.
func listens(port int) bool {
	connection, err := net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(port), time.Second)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}
