package tools

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOnce_FolderIsMadeOnceAndWhole(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "tool-1")
	broken := errors.New("broken")
	err := once(folder, "making it", func(into string) error {
		require.NoError(t, os.MkdirAll(into, 0o755))
		return broken
	})
	require.ErrorIs(t, err, broken)
	require.NoDirExists(t, folder, "half of it must not be found")

	var made atomic.Int32
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			_ = once(folder, "making it", func(into string) error {
				made.Add(1)
				require.NoFileExists(t, into, "what a broken run left must be gone")
				return os.MkdirAll(into, 0o755)
			})
		})
	}
	both.Wait()
	require.EqualValues(t, 1, made.Load())
	require.DirExists(t, folder)
}

func TestPulumi_TooOldIsNotTaken(t *testing.T) {
	program := filepath.Join(t.TempDir(), "pulumi")
	for version, enough := range map[string]bool{
		"v3.259.0": true, "v3.300.1": true, "v3.258.9": false, "v4.0.0": false, "nonsense": false,
	} {
		require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\necho "+version+"\n"), 0o755))
		require.Equal(t, enough, newEnough(context.Background(), program, "v3.259.0"), version)
	}
	require.False(t, newEnough(context.Background(), program+"-missing", "v3.259.0"))
}

func TestPulumi_HostThatDoesNotAnswerIsLeftSoon(t *testing.T) {
	hanging := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hangs" {
			<-hanging
		}
	}))
	require.True(t, reachable(context.Background(), server.URL))
	begin := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	require.False(t, reachable(ctx, server.URL+"/hangs"))
	require.Less(t, time.Since(begin), reaching)
	close(hanging)
	server.Close()
	require.False(t, reachable(context.Background(), server.URL))
}

func TestPulumi_BuiltPartIsFound(t *testing.T) {
	p := Places{Cache: t.TempDir(), Root: filepath.Join("..", "..", "..", "..")}
	folder, err := lookBuilt(p, cliPart)
	require.NoError(t, err)
	require.Empty(t, folder)
	built, err := builtFolder(p, cliPart)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(built, 0o755))
	folder, err = lookBuilt(p, cliPart)
	require.NoError(t, err)
	require.Equal(t, built, folder)
}

func TestRun_EndsWhatACommandHasStarted(t *testing.T) {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	require.Error(t, run(ctx, nil, "sh", "-c", "sleep 60; true"), "sleep has the output open for a minute")
	require.Less(t, time.Since(begin), 30*time.Second)
}

func TestPulumi_PartIsBuiltAnewWhenItsSourceChanges(t *testing.T) {
	folder := t.TempDir()
	key := func(file, text string) string {
		require.NoError(t, os.MkdirAll(filepath.Join(folder, filepath.Dir(file)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600))
		sum, err := digest(folder, otherParts["cli"])
		require.NoError(t, err)
		return sum
	}
	first := key("cli/go.mod", "one")
	require.NotEqual(t, first, key("cli/go.mod", "two"))
	second := key("build.sh", "one")
	require.Equal(t, second, key("awsplugin/names.go", "one"), "another part's")
}

func TestPulumi_ScriptThatBuildsItIsThere(t *testing.T) {
	require.FileExists(t, filepath.Join("..", "..", "..", "..", "tools", "pulumi-offline", "build.sh"))
}

func TestPulumi_IsBuiltWithFewerCollectionsOfGarbage(t *testing.T) {
	p := Places{Cache: t.TempDir(), Root: t.TempDir()}
	script := filepath.Join(p.Root, "tools", "pulumi-offline", "build.sh")
	require.NoError(t, os.MkdirAll(filepath.Dir(script), 0o755))
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\nmkdir -p $2 && printf %s $GOGC >$2/gogc\n"), 0o755))
	folder, err := build(context.Background(), p, cliPart, "v7.0.0", "building it")
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(folder, "gogc"))
	require.NoError(t, err)
	require.Equal(t, "400", string(got))
}
