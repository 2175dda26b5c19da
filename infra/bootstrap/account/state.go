package account

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/project"
)

// state names the bucket and, by an alias, the key.
const state = project.Name + "-state"

// lastDays is how long a key that was deleted can still be brought back: as long as AWS allows, since what it encrypted goes with it.
const lastDays = 30

// addKey makes the key for the secrets in the state and for the state itself. It has AWS's own policy, by which the roles' policies decide
// who uses it.
func (a *account) addKey() (err error) {
	a.key, err = kms.NewKey(a.ctx, state, &kms.KeyArgs{
		Description:          pulumi.String("Pulumi's state of " + project.Name + " and the secrets in it"),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(lastDays),
	}, pulumi.Protect(a.cfg.protected))
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	a.alias, err = kms.NewAlias(a.ctx, state, &kms.AliasArgs{
		Name:        pulumi.String("alias/" + state),
		TargetKeyId: a.key.ID(),
	}, pulumi.Protect(a.cfg.protected))
	if err != nil {
		return fmt.Errorf("name key: %w", err)
	}
	return nil
}

// bucketName is one that no other account's bucket has.
func (a *account) bucketName() string { return state + "-" + a.caller.Account + "-" + a.caller.Region }

// addBucket makes the bucket for Pulumi's state, which is lost for good only when an administrator wants that: old versions stay for a while.
func (a *account) addBucket() (err error) {
	a.bucket, err = s3.NewBucket(a.ctx, state, &s3.BucketArgs{
		Bucket: pulumi.String(a.bucketName()),
		// AWS refuses to delete a bucket that holds anything, and this one holds old versions.
		ForceDestroy: pulumi.Bool(!a.cfg.protected),
	}, pulumi.Protect(a.cfg.protected))
	if err != nil {
		return fmt.Errorf("make bucket: %w", err)
	}
	for _, step := range []func() error{a.encrypt, a.keepVersions, a.closeBucket, a.addLayouts} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// encrypt uses a key of the account and not the bucket's default one: a principal that reaches the bucket by a mistake in some policy reads
// nothing without the key. The bucket's own data key saves a request to KMS for each file.
func (a *account) encrypt() error {
	encrypted, err := s3.NewBucketServerSideEncryptionConfiguration(a.ctx, state, &s3.BucketServerSideEncryptionConfigurationArgs{
		Bucket: a.bucket.ID(),
		Rules: s3.BucketServerSideEncryptionConfigurationRuleArray{&s3.BucketServerSideEncryptionConfigurationRuleArgs{
			ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs{
				SseAlgorithm:   pulumi.String("aws:kms"),
				KmsMasterKeyId: a.key.Arn,
			},
			BucketKeyEnabled: pulumi.Bool(true),
		}},
	}, pulumi.Parent(a.bucket))
	if err != nil {
		return fmt.Errorf("encrypt bucket: %w", err)
	}
	a.encrypted = encrypted
	return nil
}

// keepVersions keeps what was overwritten or deleted, for a stated time.
func (a *account) keepVersions() error {
	versioning, err := s3.NewBucketVersioning(a.ctx, state, &s3.BucketVersioningArgs{
		Bucket:                  a.bucket.ID(),
		VersioningConfiguration: &s3.BucketVersioningVersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, pulumi.Parent(a.bucket))
	if err != nil {
		return fmt.Errorf("keep versions: %w", err)
	}
	_, err = s3.NewBucketLifecycleConfiguration(a.ctx, state, &s3.BucketLifecycleConfigurationArgs{
		Bucket: a.bucket.ID(),
		Rules: s3.BucketLifecycleConfigurationRuleArray{&s3.BucketLifecycleConfigurationRuleArgs{
			Id:     pulumi.String("forget-old-versions"),
			Status: pulumi.String("Enabled"),
			// An empty filter is every file.
			Filter: &s3.BucketLifecycleConfigurationRuleFilterArgs{},
			NoncurrentVersionExpiration: &s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs{
				NoncurrentDays: pulumi.Int(a.cfg.oldVersionDays),
			},
			AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(1),
			},
		}},
	}, pulumi.Parent(a.bucket), pulumi.DependsOn([]pulumi.Resource{versioning}))
	if err != nil {
		return fmt.Errorf("forget old versions: %w", err)
	}
	return nil
}

// closeBucket refuses public access and requests without TLS.
func (a *account) closeBucket() error {
	closed, err := s3.NewBucketPublicAccessBlock(a.ctx, state, &s3.BucketPublicAccessBlockArgs{
		Bucket:                a.bucket.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, pulumi.Parent(a.bucket))
	if err != nil {
		return fmt.Errorf("block public access: %w", err)
	}
	document, err := iampolicy.JSON(a.onlyWithTLS())
	if err != nil {
		return err
	}
	// S3 takes one change of a bucket's access at a time.
	_, err = s3.NewBucketPolicy(a.ctx, state, &s3.BucketPolicyArgs{Bucket: a.bucket.ID(), Policy: pulumi.String(document)},
		pulumi.Parent(a.bucket), pulumi.DependsOn([]pulumi.Resource{closed}))
	if err != nil {
		return fmt.Errorf("refuse plain HTTP: %w", err)
	}
	return nil
}

// layout is what Pulumi writes into a place for state that has nothing yet, and only reads afterwards: the version of its layout.
const layout = "version: 1\n"

// addLayouts writes for each environment what Pulumi would write when it first opens a stack there. A read-only role may not, and so could
// preview nothing before the environment's first deployment.
func (a *account) addLayouts() error {
	for _, name := range a.cfg.environments {
		_, err := s3.NewBucketObjectv2(a.ctx, state+"-"+name, &s3.BucketObjectv2Args{
			Bucket: a.bucket.ID(), Key: pulumi.String(a.environment(name).folder() + "/.pulumi/meta.yaml"), Content: pulumi.String(layout),
		}, pulumi.Parent(a.bucket), pulumi.DependsOn([]pulumi.Resource{a.encrypted}))
		if err != nil {
			return fmt.Errorf("write layout of state: %w", err)
		}
	}
	return nil
}

// onlyWithTLS takes away and gives nothing, so that here the widest words are the safest.
func (a *account) onlyWithTLS() iampolicy.Statement {
	arn := a.caller.PublicARN("s3", a.bucketName())
	return iampolicy.Statement{
		Sid: "OnlyWithTLS", Effect: "Deny", Principal: map[string][]string{"AWS": {"*"}},
		Action: []string{"s3:*"}, Resource: []string{arn, arn + "/*"},
		Condition: iampolicy.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
	}
}
