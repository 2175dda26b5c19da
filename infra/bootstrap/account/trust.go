package account

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

const (
	// issuer signs the tokens of GitHub's jobs, audience is whom those for AWS are meant for.
	issuer   = "token.actions.githubusercontent.com"
	audience = "sts.amazonaws.com"
	// trunk is the only branch whose workflows deploy.
	trunk = "refs/heads/main"
)

// deployingWorkflows are the files, below .github/workflows, whose jobs work on an environment. A job of a called workflow counts as of the
// called file, so deploy.yml and rollback.yml are not among them.
var deployingWorkflows = []string{"destroy.yml", "environment.yml", "unlock.yml"}

// addProvider makes the account trust GitHub's tokens, or makes sure that it does: an account can be told only once. AWS has known the
// issuer's certificates by itself since 2023, so there is no thumbprint to keep.
func (a *account) addProvider() error {
	url := "https://" + issuer
	if a.cfg.ownProvider {
		made, err := iam.NewOpenIdConnectProvider(a.ctx, "github", &iam.OpenIdConnectProviderArgs{
			Url:           pulumi.String(url),
			ClientIdLists: pulumi.StringArray{pulumi.String(audience)},
		})
		if err != nil {
			return fmt.Errorf("trust GitHub: %w", err)
		}
		a.provider = made.Arn
		return nil
	}
	found, err := iam.LookupOpenIdConnectProvider(a.ctx, &iam.LookupOpenIdConnectProviderArgs{Url: &url})
	if err != nil {
		return fmt.Errorf("mote-bootstrap:existingProvider is true: look the provider up: %w", err)
	}
	a.provider = pulumi.String(found.Arn).ToStringOutput()
	return meantForAWS(found.ClientIdLists)
}

// meantForAWS refuses a provider that would turn down every token of ours.
func meantForAWS(audiences []string) error {
	if !slices.Contains(audiences, audience) {
		return errors.New("mote-bootstrap:existingProvider is true: the provider that is there must have the audience " + audience)
	}
	return nil
}

// trust is the policy that lets jobs of one environment on GitHub take on a role, all conditions together: the token is for AWS, it is
// from this very repository, whatever that is called by now, the job belongs to the environment, and, where files are given, it is in one
// of them as main has it, in a run of main. The file alone would not do: any branch may call a workflow of main, and what that checks out
// is the branch's. A pull request can change any file, and its token names the file at refs/pull/NUMBER/merge, which cannot be known
// beforehand: where none is given, the environment and the repository have to do.
func (a *account) trust(provider, environment string, files []string) (string, error) {
	equal := map[string][]string{
		issuer + ":aud":           {audience},
		issuer + ":sub":           a.subjects(environment),
		issuer + ":repository_id": {strconv.Itoa(a.cfg.repositoryID)},
	}
	if len(files) > 0 {
		equal[issuer+":ref"] = []string{trunk}
	}
	for _, file := range files {
		whole := a.cfg.repository + "/.github/workflows/" + file + "@" + trunk
		equal[issuer+":job_workflow_ref"] = append(equal[issuer+":job_workflow_ref"], whole)
	}
	return iampolicy.JSON(iampolicy.Statement{
		Sid: "JobsOfOneEnvironment", Effect: "Allow",
		Principal: map[string][]string{"Federated": {provider}},
		Action:    []string{"sts:AssumeRoleWithWebIdentity"},
		Condition: iampolicy.Condition{"StringEquals": equal},
	})
}

// subjects are the environment in both of GitHub's forms: with the numbers of owner and repository, as tokens name repositories that were
// made or renamed since July 2026, and without. By the older form alone, the next owner of an abandoned name would be trusted; the number
// beside it does not let that happen.
func (a *account) subjects(environment string) []string {
	owner, name, _ := strings.Cut(a.cfg.repository, "/")
	return []string{
		fmt.Sprintf("repo:%s@%d/%s@%d:environment:%s", owner, a.cfg.ownerID, name, a.cfg.repositoryID, environment),
		fmt.Sprintf("repo:%s:environment:%s", a.cfg.repository, environment),
	}
}
