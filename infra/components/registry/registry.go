// Package registry keeps the images: an ECR repository, our own or an existing one, and the image pushed into it by digest.
package registry

import (
	"cmp"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/importopts"
)

// Settings are what a user may choose.
type Settings struct {
	// Layout is the folder of an OCI image layout, a file of `docker save`, or a reference by digest. Architecture is ECS's: X86_64 or ARM64.
	Layout       string
	Architecture string
	// Volume is a folder that the image has to declare as a volume; empty is none.
	Volume string
	// Existing names a repository that is used but neither changed nor deleted; empty makes one called Name, or like the component. Import is
	// the id of one that is taken over instead.
	Existing string
	Name     string
	Import   string
	// Endpoint is host[:port] of a registry that stands in for the repository's own host.
	Endpoint string
	// RetentionCount is how many images a repository of ours keeps; Protected keeps it from being deleted with its images.
	RetentionCount int
	Protected      bool
}

// Args are the settings: the stack has nothing to add.
type Args struct {
	Settings
}

// Registry is the component. Image is the full reference, by digest, and known only once the image is there.
type Registry struct {
	pulumi.ResourceState

	Name   pulumi.StringOutput `pulumi:"name"`
	Arn    pulumi.StringOutput `pulumi:"arn"`
	URL    pulumi.StringOutput `pulumi:"url"`
	Digest pulumi.StringOutput `pulumi:"digest"`
	Image  pulumi.StringOutput `pulumi:"image"`

	account pulumi.StringOutput
	local   v1.Image
	// owned is whether the repository is the stack's: in another, tags and lifecycle are its owner's.
	owned bool
	// access is where images go and how to log in there; it is set outside previews.
	access pulumi.Output
}

// New makes or finds the repository and pushes the image.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Registry, error) {
	component := &Registry{}
	if err := component.check(args); err != nil {
		return nil, fmt.Errorf("check registry: %w", err)
	}
	if err := ctx.RegisterComponentResource("fargate:registry:Registry", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register registry: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision registry: %w", err)
	}
	return component, component.outputs(ctx)
}

// check also reads the image: one that is missing or made for other processors must end the run before anything is made.
func (r *Registry) check(args *Args) error {
	if args.Layout == "" {
		return errors.New("the image's folder is missing")
	}
	image, err := load(args.Layout, args.Architecture)
	if err != nil {
		return err
	}
	r.local = image
	return checkVolume(image, args.Volume)
}

func (r *Registry) provision(ctx *pulumi.Context, name string, args *Args) error {
	digest, err := r.local.Digest()
	if err != nil {
		return fmt.Errorf("compute digest: %w", err)
	}
	r.Digest = pulumi.String(digest.String()).ToStringOutput()
	repository := r.find
	if args.Existing == "" {
		repository, r.owned = r.create, true
	}
	if err := repository(ctx, name, args); err != nil {
		return err
	}
	r.Image = r.publish(ctx, args)
	return nil
}

// find looks the repository up. Nothing of it gets into the stack's state, so nothing here can change or delete it.
func (r *Registry) find(ctx *pulumi.Context, _ string, args *Args) error {
	found, err := ecr.LookupRepository(ctx, &ecr.LookupRepositoryArgs{Name: args.Existing}, pulumi.Parent(r))
	if err != nil {
		return fmt.Errorf("mote:existingRepository is %q: look it up: %w", args.Existing, err)
	}
	r.Name = pulumi.String(args.Existing).ToStringOutput()
	r.Arn = pulumi.String(found.Arn).ToStringOutput()
	r.URL = pulumi.String(found.RepositoryUrl).ToStringOutput()
	r.account = pulumi.String(found.RegistryId).ToStringOutput()
	return nil
}

func (r *Registry) create(ctx *pulumi.Context, name string, args *Args) error {
	options := append([]pulumi.ResourceOption{pulumi.Parent(r), pulumi.Protect(args.Protected)}, importopts.Options(args.Import)...)
	repository, err := ecr.NewRepository(ctx, name, &ecr.RepositoryArgs{
		Name:               pulumi.String(cmp.Or(args.Name, name)),
		ImageTagMutability: pulumi.String("IMMUTABLE_WITH_EXCLUSION"),
		ImageTagMutabilityExclusionFilters: ecr.RepositoryImageTagMutabilityExclusionFilterArray{
			movable(deployingTag), movable(runningTag),
		},
		ImageScanningConfiguration: &ecr.RepositoryImageScanningConfigurationArgs{
			ScanOnPush: pulumi.Bool(true),
		},
		// AWS refuses to delete a repository that holds images, and ours always does.
		ForceDelete: pulumi.Bool(!args.Protected),
	}, options...)
	if err != nil {
		return fmt.Errorf("make repository: %w", err)
	}
	r.Name, r.Arn, r.URL, r.account = repository.Name, repository.Arn, repository.RepositoryUrl, repository.RegistryId
	return r.expire(ctx, name, args, repository)
}

// movable excepts a tag from those that cannot move.
func movable(tag string) *ecr.RepositoryImageTagMutabilityExclusionFilterArgs {
	return &ecr.RepositoryImageTagMutabilityExclusionFilterArgs{Filter: pulumi.String(tag), FilterType: pulumi.String("WILDCARD")}
}

// expire lets old images go that neither run nor are deployed.
func (r *Registry) expire(ctx *pulumi.Context, name string, args *Args, repository *ecr.Repository) error {
	rules, err := keepYoungest(args.RetentionCount)
	if err != nil {
		return err
	}
	_, err = ecr.NewLifecyclePolicy(ctx, name, &ecr.LifecyclePolicyArgs{
		Repository: repository.Name,
		Policy:     pulumi.String(rules),
	}, pulumi.Parent(r))
	if err != nil {
		return fmt.Errorf("make lifecycle policy: %w", err)
	}
	return nil
}

// publish returns the image's full reference. Outside a preview the reference is known only after the push, so whatever uses it waits for
// the image to be there.
func (r *Registry) publish(ctx *pulumi.Context, args *Args) pulumi.StringOutput {
	where := r.URL
	if args.Endpoint != "" {
		where = pulumi.Sprintf("%s/%s", args.Endpoint, r.Name)
	}
	if ctx.DryRun() {
		return where.ApplyT(func(repository string) (string, error) {
			reference, err := refer(r.local, repository)
			return reference.String(), err
		}).(pulumi.StringOutput)
	}
	r.access = r.logIn(ctx, args, where)
	pushed := r.access.ApplyT(func(known any) (string, error) {
		to := known.(access)
		reference, err := push(ctx.Context(), r.local, to.repository, to.login)
		if err != nil || !r.owned {
			return reference, err
		}
		return reference, tag(ctx.Context(), r.local, to.repository, deployingTag, to.login)
	})
	// The reference is made with a secret but is none; unmarked, the whole task definition would be hidden in previews.
	return pulumi.Unsecret(pushed).(pulumi.StringOutput)
}

// access is a repository, with its host, and how to log in there.
type access struct {
	repository string
	login      remote.Option
}

// logIn returns the access to the repository, once it is known.
func (r *Registry) logIn(ctx *pulumi.Context, args *Args, where pulumi.StringOutput) pulumi.Output {
	if args.Endpoint != "" {
		return where.ApplyT(func(repository string) any { return access{repository, keychain()} })
	}
	token := ecr.GetAuthorizationTokenOutput(ctx, ecr.GetAuthorizationTokenOutputArgs{RegistryId: r.account}, pulumi.Parent(r))
	return pulumi.All(where, token.UserName(), token.Password()).ApplyT(func(all []any) any {
		return access{all[0].(string), password(all[1].(string), all[2].(string))}
	})
}

// Running marks the image as the one that runs, once something is known that a deployment alone makes known, and returns its digest then. A
// deployment that fails leaves the mark on the image before, which runs on.
func (r *Registry) Running(ctx *pulumi.Context, steady pulumi.StringInput) pulumi.StringOutput {
	if ctx.DryRun() || !r.owned {
		return r.Digest
	}
	marked := pulumi.All(r.access, steady, r.Digest).ApplyT(func(known []any) (string, error) {
		to := known[0].(access)
		return known[2].(string), tag(ctx.Context(), r.local, to.repository, runningTag, to.login)
	})
	return pulumi.Unsecret(marked).(pulumi.StringOutput)
}

func (r *Registry) outputs(ctx *pulumi.Context) error {
	return ctx.RegisterResourceOutputs(r, pulumi.Map{
		"name":   r.Name,
		"arn":    r.Arn,
		"url":    r.URL,
		"digest": r.Digest,
		"image":  r.Image,
	})
}
