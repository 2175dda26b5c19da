package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// push brings the image to the repository under its digest, unless the registry has it, and returns the full reference. The library
// speaks plain HTTP to localhost, as Docker does, and HTTPS to all others.
func push(ctx context.Context, image v1.Image, repository string, login remote.Option) (string, error) {
	reference, err := refer(image, repository)
	if err != nil {
		return "", err
	}
	_, err = remote.Head(reference, remote.WithContext(ctx), login)
	if err == nil {
		return reference.String(), nil
	}
	if !missing(err) {
		return "", fmt.Errorf("look for image in registry: %w", err)
	}
	if err := remote.Write(reference, image, remote.WithContext(ctx), login); err != nil {
		return "", fmt.Errorf("push image: %w", err)
	}
	return reference.String(), nil
}

// tag moves a tag to the image, unless the registry has it.
func tag(ctx context.Context, image v1.Image, repository, to string, login remote.Option) error {
	wanted, err := image.Digest()
	if err != nil {
		return fmt.Errorf("compute digest: %w", err)
	}
	reference, err := name.NewTag(repository + ":" + to)
	if err != nil {
		return fmt.Errorf("name tag: %w", err)
	}
	now, err := remote.Head(reference, remote.WithContext(ctx), login)
	if err == nil && now.Digest == wanted {
		return nil
	}
	if err != nil && !missing(err) {
		return fmt.Errorf("look for tag %s in registry: %w", to, err)
	}
	if err := remote.Tag(reference, image, remote.WithContext(ctx), login); err != nil {
		return fmt.Errorf("move tag %s: %w", to, err)
	}
	return nil
}

// refer names the image in the repository by its digest.
func refer(image v1.Image, repository string) (name.Digest, error) {
	digest, err := image.Digest()
	if err != nil {
		return name.Digest{}, fmt.Errorf("compute digest: %w", err)
	}
	reference, err := name.NewDigest(repository + "@" + digest.String())
	if err != nil {
		return name.Digest{}, fmt.Errorf("name image: %w", err)
	}
	return reference, nil
}

// missing tells a registry's "no such image" from every other failure.
func missing(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound
}

// password logs in as ECR wants it: https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
func password(user, secret string) remote.Option {
	return remote.WithAuth(&authn.Basic{Username: user, Password: secret})
}

// keychain logs in with what Docker's own configuration has for the host, and anonymously if it has nothing.
func keychain() remote.Option {
	return remote.WithAuthFromKeychain(authn.DefaultKeychain)
}
