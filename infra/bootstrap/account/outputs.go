package account

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// outputs are what GitHub and the stacks have to be told. Variables has, by the name of an environment on GitHub, the variables that its
// jobs need; boundaries has, by stack, the value of its setting permissionsBoundary.
func (a *account) outputs() pulumi.Map {
	variables, boundaries := pulumi.Map{}, pulumi.Map{}
	for _, name := range a.cfg.environments {
		e := a.environment(name)
		boundaries[name] = pulumi.String(e.boundaryName())
		for _, on := range []string{name, previewPrefix + name} {
			variables[on] = pulumi.Map{
				"AWS_ROLE":           a.roles[on],
				"AWS_REGION":         pulumi.String(a.caller.Region),
				"AWS_ACCOUNT":        pulumi.String(a.caller.Account),
				"PULUMI_BACKEND_URL": pulumi.String("s3://" + a.bucketName() + "/" + e.folder() + "?region=" + a.caller.Region),
				"SECRETS_PROVIDER":   pulumi.Sprintf("awskms://%s?region=%s&context_%s=%s", a.alias.Name, a.caller.Region, contextKey, name),
			}
		}
	}
	return pulumi.Map{"variables": variables, "boundaries": boundaries, "bucket": a.bucket.Bucket, "key": a.key.Arn}
}
