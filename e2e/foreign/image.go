package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// files are those of a layer, by their place in the image without the first slash. Each is read from a place on this machine.
type files map[string]string

// made is the time of an image and of its folders, so that the same files have the same digest. Files keep their own, which Python compares
// with those in its compiled files: without them it starts too late for a health check on a busy machine.
var made = time.Unix(1, 0).UTC()

// build makes an image of files.
func build(f files, config v1.Config) (v1.Image, error) {
	layer, err := f.layer()
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.AppendLayers(base, layer)
	if err != nil {
		return nil, fmt.Errorf("add the layer: %w", err)
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read configuration of image: %w", err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Created.Time, file.Config = "linux", runtime.GOARCH, made, config
	image, err = mutate.ConfigFile(image, file)
	if err != nil {
		return nil, fmt.Errorf("configure the image: %w", err)
	}
	return image, nil
}

// layer packs the files, and a /tmp for everybody.
func (f files) layer() (v1.Layer, error) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, folder := range f.folders() {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755, ModTime: made}); err != nil {
			return nil, fmt.Errorf("pack %s: %w", folder, err)
		}
	}
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777, ModTime: made}); err != nil {
		return nil, fmt.Errorf("pack tmp: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if err := pack(w, name, f[name]); err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack the layer: %w", err)
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestSpeed))
}

// folders are all that the files are in, each after the one that it is in.
func (f files) folders() []string {
	found := map[string]bool{}
	for name := range f {
		for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
			found[folder] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// pack adds one file, which everybody may read, and run if anybody may.
func pack(w *tar.Writer, name, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	about, err := os.Stat(from)
	if err != nil {
		return err
	}
	mode := int64(0o644)
	if about.Mode()&0o111 != 0 || strings.Contains(path.Base(name), ".so") {
		mode = 0o755
	}
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(content)), ModTime: about.ModTime().Truncate(time.Second)}); err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}
