package account

import "github.com/mote-dev/mote/infra/internal/iampolicy"

// contextKey is the key of KMS's encryption context under which each environment's secrets are encrypted: decrypting takes the right name,
// and a role may give its own only.
const contextKey = "environment"

// folder is where in the bucket the environment's state is: beside, and not among, that of others.
func (e environment) folder() string { return e.name }

// writesState allows what Pulumi does with the state in an update, which locks the stack, writes it, and keeps its history.
func (e environment) writesState(key string) []grant {
	return append(e.state(key, "kms:Decrypt", "kms:GenerateDataKey"), grant{
		sid: "WriteState", why: "Pulumi makes up the files' names", resources: e.files(),
		actions: []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
	})
}

// readsState allows what Pulumi does with the state in a preview, which takes no lock and leaves nothing behind.
func (e environment) readsState(key string) []grant {
	return append(e.state(key, "kms:Decrypt"), grant{
		sid: "ReadState", why: "Pulumi makes up the files' names", resources: e.files(), actions: []string{"s3:GetObject"},
	})
}

func (e environment) files() []string {
	return []string{e.PublicARN("s3", e.bucket+"/"+e.folder()+"/*")}
}

// state allows what both do: files are what S3 may do with the key for them.
func (e environment) state(key string, files ...string) []grant {
	return []grant{
		// S3 says that a file is missing only to those who may list all of them; asking for one's own alone would not do. The names of
		// others' files are no secret.
		{sid: "ListState", actions: []string{"s3:ListBucket"}, resources: []string{e.PublicARN("s3", e.bucket)}},
		// A clean checkout does not have the data key that the secrets are encrypted with, so Pulumi makes a new one even in a preview.
		{
			sid: "UseSecrets", actions: []string{"kms:Decrypt", "kms:Encrypt"}, resources: []string{key},
			condition: iampolicy.Condition{"StringEquals": {"kms:EncryptionContext:" + contextKey: {e.name}}},
		},
		{
			sid: "UseEncryptedFiles", actions: files, resources: []string{key},
			condition: iampolicy.Condition{"StringEquals": {
				"kms:ViaService":                   {"s3." + e.Region + "." + e.DNSSuffix},
				"kms:EncryptionContext:aws:s3:arn": {e.PublicARN("s3", e.bucket)},
			}},
		},
	}
}
