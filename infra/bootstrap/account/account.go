// Package account makes what deployments need in an AWS account before the first of them: a place for Pulumi's state, a key for its
// secrets, and for each environment a deploying role and a read-only role for GitHub's jobs.
package account

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/tags"
)

// prefix begins the names of all roles and policies made here. No environment's own names begin like this, so no deploying role can reach
// the roles that it is itself one of.
const prefix = "github-" + project.Name

// account is what is made, while it is made.
type account struct {
	ctx    *pulumi.Context
	cfg    config
	caller callerinfo.Info

	bucket    *s3.Bucket
	encrypted pulumi.Resource
	key       *kms.Key
	alias     *kms.Alias
	provider  pulumi.StringOutput
	// roles are ARNs by the name of the environment on GitHub whose jobs take them.
	roles pulumi.StringMap
}

// Deploy makes it all and exports what GitHub has to be told.
func Deploy(ctx *pulumi.Context) error {
	results, err := build(ctx)
	if err != nil {
		return err
	}
	for name, value := range results {
		ctx.Export(name, value)
	}
	return nil
}

// build returns the stack's outputs.
func build(ctx *pulumi.Context) (pulumi.Map, error) {
	cfg, err := load(ctx)
	if err != nil {
		return nil, err
	}
	if err := tags.Register(ctx); err != nil {
		return nil, fmt.Errorf("register tags: %w", err)
	}
	a := &account{ctx: ctx, cfg: cfg, roles: pulumi.StringMap{}}
	for _, step := range []func() error{a.lookUpCaller, a.addKey, a.addBucket, a.addProvider, a.addEnvironments} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return a.outputs(), nil
}

// lookUpCaller finds account, region and partition, and refuses what cannot be there.
func (a *account) lookUpCaller() (err error) {
	if a.caller, err = callerinfo.Find(a.ctx); err != nil {
		return err
	}
	return a.cfg.inPartition(a.caller.Partition)
}

func (a *account) addEnvironments() error {
	for _, name := range a.cfg.environments {
		if err := a.addEnvironment(a.environment(name)); err != nil {
			return err
		}
	}
	return nil
}
