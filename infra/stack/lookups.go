package stack

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
)

// data is what the stack looks up and does not make. The zone is empty when none was named.
type data struct {
	callerinfo.Info

	zoneID string
}

// lookUp finds out where the stack is.
func (e *environment) lookUp() (err error) {
	if e.data.Info, err = callerinfo.Find(e.ctx); err != nil {
		return err
	}
	if err := e.cfg.CheckARNs(e.data.Region, e.data.Partition); err != nil {
		return err
	}
	if err := e.cfg.CheckEndpoints(e.data.Region); err != nil {
		return err
	}
	if err := e.checkVpc(); err != nil {
		return err
	}
	if err := e.checkAlarms(); err != nil {
		return err
	}
	if err := e.checkPermissions(); err != nil {
		return err
	}
	if err := e.checkListener(); err != nil {
		return err
	}
	zone := e.cfg.Certificate.HostedZone
	if zone == "" {
		return nil
	}
	found, err := route53.LookupZone(e.ctx, &route53.LookupZoneArgs{Name: &zone})
	if err != nil {
		return fmt.Errorf("mote:hostedZone is %q: look it up: %w", zone, err)
	}
	e.data.zoneID = found.ZoneId
	return nil
}

// checkVpc refuses another block of addresses for a VPC that is there: AWS would refuse the change half way, since the load balancer and the
// service cannot move to another network. The stack finds its VPC by its tags.
func (e *environment) checkVpc() error {
	if e.cfg.Network.ExistingVpc != "" {
		return nil
	}
	made, err := ec2.GetVpcs(e.ctx, &ec2.GetVpcsArgs{Tags: map[string]string{"project": e.ctx.Project(), "stack": e.ctx.Stack()}})
	if err != nil {
		return fmt.Errorf("look up the stack's VPC: %w", err)
	}
	for _, id := range made.Ids {
		vpc, err := ec2.LookupVpc(e.ctx, &ec2.LookupVpcArgs{Id: &id})
		if err != nil {
			return fmt.Errorf("look up VPC %s: %w", id, err)
		}
		if vpc.CidrBlock != e.cfg.Network.Cidr {
			return fmt.Errorf("mote:vpcCidr is %q, and the stack's VPC %s has %s, which AWS cannot change: set it back, or deploy another stack "+
				"and destroy this one", e.cfg.Network.Cidr, id, vpc.CidrBlock)
		}
	}
	return nil
}

// Outputs that the next deployment reads: whether the service rolls back on alarms, the address, and the rule that traffic is shifted with.
const (
	rollbackOutput = "rollbackOnAlarms"
	urlOutput      = "url"
	ruleOutput     = "productionRule"
)

// checkAlarms refuses to delete alarms that the service still rolls back on: the provider can switch that off and cannot take it away with
// the alarms. What the last deployment did is in the stack's own outputs.
func (e *environment) checkAlarms() error {
	if e.cfg.Alarms.Enabled {
		return nil
	}
	rollback, err := e.last(rollbackOutput)
	if err != nil {
		return err
	}
	if rollback == true {
		return errors.New("mote:alarms is false, and the service rolls back on alarms: set mote:rollbackOnAlarms to false, deploy, " +
			"and then set mote:alarms to false")
	}
	return nil
}

// checkPermissions refuses what the boundary of the service's role denies: AWS would create it all, and deny the service's first call.
func (e *environment) checkPermissions() error {
	if e.cfg.Service.Boundary == "" || len(e.cfg.Service.Permissions) == 0 {
		return nil
	}
	arn := e.data.GlobalARN("iam", "policy/"+e.cfg.Service.Boundary)
	boundary, err := iam.LookupPolicy(e.ctx, &iam.LookupPolicyArgs{Arn: &arn})
	if err != nil {
		// The deploying role may be older than this look-up. AWS refuses roles whose boundary is not there.
		return e.ctx.Log.Warn(fmt.Sprintf("mote:permissionsBoundary is %q, which cannot be compared with mote:permissions: %v", e.cfg.Service.Boundary, err), nil)
	}
	for _, p := range e.cfg.Service.Permissions {
		denied, err := p.Denied(boundary.Policy)
		if err != nil {
			// A boundary of another origin may say more than is understood here.
			return e.ctx.Log.Warn(fmt.Sprintf("mote:permissionsBoundary is %q, which only AWS can compare with mote:permissions: %v", e.cfg.Service.Boundary, err), nil)
		}
		if len(denied) > 0 {
			return fmt.Errorf("mote:permissions has %q, and the boundary %s denies %s: an administrator has to add %q to permissions of infra/bootstrap "+
				"and run scripts/ops/bootstrap.sh", p, e.cfg.Service.Boundary, strings.Join(denied, ", "), e.ctx.Stack()+"="+p.String())
		}
	}
	return nil
}

// checkListener refuses to move the rule that traffic is shifted with from the listener for HTTP to that for HTTPS, or back. A rule has to be made
// anew on the other one, with the weights that ECS begins with, and the tasks may be behind the target group that has none.
func (e *environment) checkListener() error {
	if !e.cfg.Service.Rollout.ShiftsTraffic() {
		return nil
	}
	rule, err := e.last(ruleOutput)
	if err != nil {
		return err
	}
	url, err := e.last(urlOutput)
	if err != nil {
		return err
	}
	before, is := url.(string)
	if rule == nil || !is || strings.HasPrefix(before, "https://") == (e.cfg.Certificate.Domain != "") {
		return nil
	}
	return fmt.Errorf("mote:domain is %q, the stack was deployed as %s, and its traffic is shifted by a rule that cannot move to another listener: "+
		"deploy once with mote:deploymentStrategy set to rolling", e.cfg.Certificate.Domain, before)
}

// last is an output of the stack's last deployment, or nil.
func (e *environment) last(output string) (any, error) {
	if e.own == nil {
		var err error
		name := fmt.Sprintf("%s/%s/%s", e.ctx.Organization(), e.ctx.Project(), e.ctx.Stack())
		if e.own, err = pulumi.NewStackReference(e.ctx, name, nil); err != nil {
			return nil, fmt.Errorf("read the stack's last outputs: %w", err)
		}
	}
	found, err := e.own.GetOutputDetails(output)
	if err != nil {
		return nil, fmt.Errorf("read the stack's last outputs: %w", err)
	}
	return found.Value, nil
}
