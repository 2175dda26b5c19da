package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// platforms has the OCI name of each ECS architecture.
var platforms = map[string]string{"X86_64": "amd64", "ARM64": "arm64"}

// load reads the image for an ECS architecture from where it is: an OCI layout, what `docker save` wrote, or a registry. What it returns has its
// digest, so a preview knows the image exactly as the stack's registry will.
func load(from, architecture string) (v1.Image, error) {
	wanted, known := platforms[architecture]
	if !known {
		return nil, fmt.Errorf("mote:architecture is %q: it must be X86_64 or ARM64", architecture)
	}
	found, err := images(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("mote:image is %q: no OCI layout lies there; `make image` makes one", from)
	}
	if err != nil {
		return nil, fmt.Errorf("read image %q: %w", from, err)
	}
	image, there := found[wanted]
	if !there {
		return nil, fmt.Errorf("mote:architecture is %s, and the image in %q is not for linux/%s but for %v: "+
			"set mote:architecture to the image's or build the image for it", architecture, from, wanted, keys(found))
	}
	return image, nil
}

// IsReference says whether an image is named in a registry, by its digest.
func IsReference(from string) bool {
	_, err := name.NewDigest(from, name.StrictValidation)
	return err == nil
}

// images are those of all architectures.
func images(from string) (map[string]v1.Image, error) {
	if IsReference(from) {
		return fetched(from)
	}
	about, err := os.Stat(from)
	if err != nil {
		return nil, err
	}
	if !about.IsDir() {
		image, err := tarball.ImageFromPath(from, nil)
		if err != nil {
			return nil, fmt.Errorf("read it as what `docker save` writes of one image (an archive of an OCI layout has to be unpacked): %w", err)
		}
		found := map[string]v1.Image{}
		return found, add(found, image)
	}
	index, err := layout.ImageIndexFromPath(from)
	if err != nil {
		return nil, err
	}
	return architectures(index)
}

// fetched are the images that a registry has under a digest. Their layers are read when they are pushed.
func fetched(from string) (map[string]v1.Image, error) {
	reference, err := name.NewDigest(from)
	if err != nil {
		return nil, err
	}
	there, err := remote.Get(reference, keychain())
	if err != nil {
		return nil, err
	}
	if there.MediaType.IsIndex() {
		index, err := there.ImageIndex()
		if err != nil {
			return nil, err
		}
		return architectures(index)
	}
	image, err := there.Image()
	if err != nil {
		return nil, err
	}
	found := map[string]v1.Image{}
	return found, add(found, image)
}

// architectures returns the index's images by the architecture that each one's own configuration states: the index need not. An index may hold
// others, as buildx writes them.
func architectures(index v1.ImageIndex) (map[string]v1.Image, error) {
	found := map[string]v1.Image{}
	return found, collect(found, index)
}

func collect(found map[string]v1.Image, index v1.ImageIndex) error {
	manifest, err := index.IndexManifest()
	if err != nil {
		return fmt.Errorf("read index: %w", err)
	}
	for _, descriptor := range manifest.Manifests {
		switch {
		case descriptor.MediaType.IsIndex():
			inner, err := index.ImageIndex(descriptor.Digest)
			if err != nil {
				return fmt.Errorf("read index %s: %w", descriptor.Digest, err)
			}
			if err := collect(found, inner); err != nil {
				return err
			}
		case descriptor.MediaType.IsImage() && descriptor.Annotations[attestation] == "":
			image, err := index.Image(descriptor.Digest)
			if err != nil {
				return fmt.Errorf("read image %s: %w", descriptor.Digest, err)
			}
			if err := add(found, image); err != nil {
				return err
			}
		}
	}
	return nil
}

// attestation marks what is about an image and is none: https://docs.docker.com/build/metadata/attestations/attestation-storage/
const attestation = "vnd.docker.reference.type"

// add notes an image under its architecture.
func add(found map[string]v1.Image, image v1.Image) error {
	config, err := image.ConfigFile()
	if err != nil {
		return fmt.Errorf("read the image's configuration: %w", err)
	}
	if _, twice := found[config.Architecture]; twice {
		return fmt.Errorf("two images are for %s: one layout must hold one version", config.Architecture)
	}
	found[config.Architecture] = image
	return nil
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
