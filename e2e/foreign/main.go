// The command that makes images as other projects have them, as OCI layouts: go -C e2e run ./foreign flask|healthz VERSION FOLDER
// The scenarios deploy them, and so can a person: make up IMAGE=FOLDER.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

const usage = "usage: go -C e2e run ./foreign flask|healthz VERSION FOLDER; the version \"unhealthy\" of flask never is healthy"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error: "+err.Error())
		os.Exit(1)
	}
}

// run makes one image of a version.
func run(arguments []string) error {
	makers := map[string]func(string) (v1.Image, error){"flask": flask, "healthz": healthz}
	if len(arguments) != 3 || makers[arguments[0]] == nil {
		return errors.New(usage)
	}
	image, err := makers[arguments[0]](arguments[1])
	if err != nil {
		return fmt.Errorf("make the image %s: %w", arguments[0], err)
	}
	return write(arguments[2], image)
}

// write puts the image into a new layout, or in the place of an earlier one.
func write(folder string, image v1.Image) error {
	if _, err := os.Stat(folder); err == nil {
		if _, err := os.Stat(filepath.Join(folder, "oci-layout")); err != nil {
			return fmt.Errorf("%s exists and is no OCI layout", folder)
		}
		if err := os.RemoveAll(folder); err != nil {
			return fmt.Errorf("remove the earlier layout: %w", err)
		}
	}
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	if err := path.AppendImage(image); err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	return nil
}
