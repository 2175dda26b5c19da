package registry

import (
	"errors"
	"fmt"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// platforms has the OCI name of each ECS architecture.
var platforms = map[string]string{"X86_64": "amd64", "ARM64": "arm64"}

// load reads the image for an ECS architecture from an OCI layout, offline. What it returns has its digest, so a preview knows the
// image exactly as the registry will.
func load(folder, architecture string) (v1.Image, error) {
	wanted, known := platforms[architecture]
	if !known {
		return nil, fmt.Errorf("mote:architecture is %q: it must be X86_64 or ARM64", architecture)
	}
	index, err := layout.ImageIndexFromPath(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("mote:image is %q: no OCI layout lies there; `make image` makes one", folder)
	}
	if err != nil {
		return nil, fmt.Errorf("read OCI layout %q: %w", folder, err)
	}
	found, err := architectures(index)
	if err != nil {
		return nil, fmt.Errorf("read OCI layout %q: %w", folder, err)
	}
	image, there := found[wanted]
	if !there {
		return nil, fmt.Errorf("mote:architecture is %s, and the image in %q is not for linux/%s but for %v: "+
			"set mote:architecture to the image's or build the image for it", architecture, folder, wanted, keys(found))
	}
	return image, nil
}

// architectures returns the layout's images by the architecture that each one's own configuration states: the index need not.
func architectures(index v1.ImageIndex) (map[string]v1.Image, error) {
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	images := map[string]v1.Image{}
	for _, descriptor := range manifest.Manifests {
		if !descriptor.MediaType.IsImage() {
			continue
		}
		image, err := index.Image(descriptor.Digest)
		if err != nil {
			return nil, fmt.Errorf("read image %s: %w", descriptor.Digest, err)
		}
		config, err := image.ConfigFile()
		if err != nil {
			return nil, fmt.Errorf("read configuration of image %s: %w", descriptor.Digest, err)
		}
		if _, twice := images[config.Architecture]; twice {
			return nil, fmt.Errorf("two images are for %s: one layout must hold one version", config.Architecture)
		}
		images[config.Architecture] = image
	}
	return images, nil
}

// checkVolume refuses an image that does not say who owns the folder for temporary files.
func checkVolume(image v1.Image, folder string) error {
	if folder == "" {
		return nil
	}
	config, err := image.ConfigFile()
	if err != nil {
		return fmt.Errorf("read configuration of image: %w", err)
	}
	if _, declared := config.Config.Volumes[folder]; !declared {
		return fmt.Errorf("mote:scratchSpace is true, and the image does not declare the volume %s, so it would be root's alone: "+
			"add to the image's Dockerfile: VOLUME %s", folder, folder)
	}
	return nil
}

func keys(images map[string]v1.Image) []string {
	var names []string
	for name := range images {
		names = append(names, "linux/"+name)
	}
	return names
}
