package tools

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// The locks pin every package and its hash; emulator.in and autoscaling.in beside them say what was asked for, and how to renew.
var (
	//go:embed python/emulator.txt
	emulatorLock []byte
	//go:embed python/autoscaling.txt
	autoscalingLock []byte
)

// Emulator gives the Python interpreter of the environment that MiniStack is installed in.
func Emulator(ctx context.Context, p Places) (string, error) {
	return environment(ctx, p, "emulator", "Installing the AWS emulator MiniStack, once", emulatorLock)
}

// Autoscaling gives the Python interpreter of the environment that moto is installed in: another one, since the two need
// different versions of botocore.
func Autoscaling(ctx context.Context, p Places) (string, error) {
	return environment(ctx, p, "autoscaling", "Installing the autoscaling stand-in moto, once", autoscalingLock)
}

// environment makes a virtual environment with exactly the packages of the lock.
func environment(ctx context.Context, p Places, name, text string, lock []byte) (string, error) {
	sum := sha256.Sum256(lock)
	folder := p.folder(name, hex.EncodeToString(sum[:4]))
	err := once(folder, text, func(into string) error {
		if err := run(ctx, nil, "python3", "-m", "venv", into); err != nil {
			return fmt.Errorf("make a Python environment (Debian: apt-get install python3-venv): %w", err)
		}
		file := filepath.Join(into, "requirements.txt")
		if err := os.WriteFile(file, lock, 0o600); err != nil {
			return err
		}
		return run(ctx, nil, filepath.Join(into, "bin", "python"), "-m", "pip", "install", "--quiet",
			"--disable-pip-version-check", "--no-input", "--require-hashes", "--only-binary", ":all:", "-r", file)
	})
	return filepath.Join(folder, "bin", "python"), err
}
