package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/mote-dev/mote/infra/cmd/localaws/cluster"
	"github.com/mote-dev/mote/infra/cmd/localaws/docker"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulator"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulatorshim"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
	"github.com/mote-dev/mote/infra/cmd/localaws/tools"
)

// Running tells whether all parts are there and no stack was left in the middle of a change.
func (s *Session) Running(ctx context.Context) bool {
	return !s.interrupted() && s.Emulator.Answers(ctx) && s.Shim.Answers() && s.Engine.Answers(ctx) && (!s.Cluster.Is() || s.Cluster.Answers())
}

// Start makes sure that all parts run. Parts of a rehearsal that did not end well are taken down before: the local AWS forgets
// everything when it ends, and Pulumi must not remember what it has forgotten. With the folder of Kubernetes' programs there is a cluster as well.
func (s *Session) Start(ctx context.Context, kubernetes string) error {
	if s.Running(ctx) {
		return s.skip(kubernetes != "")
	}
	if s.shared {
		return fmt.Errorf("the rehearsal %q ended just now; run this again", s.Name)
	}
	if _, err := os.Stat(s.folder); err == nil {
		if err := progress.During("Clearing what an earlier rehearsal left", func() error { return s.Down(ctx) }); err != nil {
			return err
		}
	}
	// A port that cannot be had is told before anything is started.
	if _, err := emulator.Stated(os.Getenv(portVariable)); err != nil {
		return err
	}
	s.Passphrase = rand.Text()
	if err := s.save(); err != nil {
		return err
	}
	// Pulumi is compiled for minutes the first time, and no part needs it.
	needed, stop := context.WithCancel(ctx)
	defer stop()
	var building sync.WaitGroup
	var pulumi error
	building.Go(func() { _, pulumi = tools.Pulumi(needed, s.places) })
	err := s.startParts(ctx, kubernetes)
	if err != nil {
		stop()
	}
	building.Wait()
	return cmp.Or(err, pulumi)
}

// startParts starts one part after the other, since each needs the one before.
func (s *Session) startParts(ctx context.Context, kubernetes string) error {
	if err := prepare(ctx, s.places); err != nil {
		return err
	}
	all := []func(context.Context) error{s.startEngine, s.startEmulator, s.startShim}
	if kubernetes != "" {
		s.Cluster = cluster.Cluster{Name: cluster.Name(Short(s.folder)), Programs: kubernetes}
		all = []func(context.Context) error{s.startEngine, s.startControlPlane, s.startEmulator, s.startShim, s.startNodes}
	}
	for _, start := range all {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// skip passes over the parts, which run already. A cluster cannot be added to them.
func (s *Session) skip(cluster bool) error {
	if cluster && !s.Cluster.Is() {
		return fmt.Errorf("the rehearsal %q runs without a cluster: end it by \"make down\", or give this one another NAME", s.Name)
	}
	progress.Say("The local AWS is running already, on port %d", s.Emulator.Port)
	progress.Skip(Parts)
	if s.Cluster.Is() {
		progress.Skip(ClusterParts)
	}
	return nil
}

// prepare gets what the parts need and the machine lacks, side by side. What fails first ends the rest.
func prepare(ctx context.Context, p tools.Places) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for _, need := range []func() error{
		func() error { _, err := tools.Emulator(ctx, p); return err },
		func() error { _, err := tools.Autoscaling(ctx, p); return err },
		func() error { return needDocker(ctx, p) },
	} {
		all.Go(func() {
			if err := need(); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

func (s *Session) startEngine(ctx context.Context) error {
	if own, is := docker.Own(ctx); is {
		progress.Begin("Using your Docker engine at %s", own.Host)
		s.Engine = own
		return s.save()
	}
	return progress.Step("Starting a private Docker engine", func() error {
		var err error
		s.Engine, err = docker.Start(ctx, s.Path("engine"), Short(s.folder), s.mark())
		return errors.Join(err, s.save())
	})
}

func (s *Session) startEmulator(ctx context.Context) error {
	python, err := tools.Emulator(ctx, s.places)
	if err != nil {
		return err
	}
	port, err := emulator.Port(os.Getenv(portVariable), s.Name == Main)
	if err != nil {
		return err
	}
	tasks, err := s.forTasks(ctx)
	if err != nil {
		return err
	}
	made := emulator.Emulator{Port: port, Name: "aws-" + Short(s.folder), Tasks: tasks}
	if s.Cluster.Is() {
		made.Endpoint, made.Authority = s.Cluster.Endpoint(), s.Cluster.Authority
	}
	return progress.Step(fmt.Sprintf("Starting the local AWS on port %d", port), func() error {
		var err error
		s.Emulator, err = made.Start(ctx, python, s.Path("emulator"), s.Engine.Host, s.mark())
		return errors.Join(err, s.save())
	})
}

// forTasks finds an address on the containers' network, where nothing but this machine and they can be.
func (s *Session) forTasks(ctx context.Context) (string, error) {
	host, err := s.Engine.Gateway(ctx)
	if err != nil {
		return "", fmt.Errorf("find where tasks reach the local AWS: %w", err)
	}
	port, err := emulator.FreePortOf(host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), nil
}

func (s *Session) startShim(ctx context.Context) error {
	python, err := tools.Autoscaling(ctx, s.places)
	if err != nil {
		return err
	}
	folder := ""
	if s.Cluster.Is() {
		folder = s.ClusterFolder()
	}
	return progress.Step("Starting the proxy in front of it", func() error {
		var err error
		s.Shim, err = emulatorshim.Start(ctx, python, s.Path("shim"), emulatorshim.Addresses{
			Emulator: s.Emulator.URL(), Tasks: s.Emulator.Tasks, Cluster: s.Cluster.Relay, Folder: folder, Calls: s.Calls(), Notifications: s.Notifications(),
		}, s.mark(), emulator.FreePort)
		return errors.Join(err, s.save())
	})
}

// stopping is how long a process that was never written down may take to end.
const stopping = 5 * time.Second
