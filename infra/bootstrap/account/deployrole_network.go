package account

import (
	"slices"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/names"
)

// numbered says why things of EC2 cannot be named.
const numbered = "AWS numbers them; their tags tell whose they are"

// ofNetwork are the kinds of things that a network is made of.
var ofNetwork = []string{
	"elastic-ip", "internet-gateway", "natgateway", "route-table", "security-group", "security-group-rule", "subnet", "vpc", "vpc-endpoint",
}

// changesNetwork allows what making, changing and taking down the network take.
func (e environment) changesNetwork() []grant {
	return slices.Concat(e.createsNetwork(), e.changesParts())
}

// changesLoadBalancer allows what making, changing and taking down the load balancer, its certificate and its name take.
func (e environment) changesLoadBalancer() []grant {
	return slices.Concat(e.changesBalancer(), e.changesCertificate())
}

// parts names every part of networks of these kinds.
func (e environment) parts(kinds ...string) []string {
	var arns []string
	for _, kind := range kinds {
		arns = append(arns, e.ARN("ec2", kind+"/*"))
	}
	return arns
}

// createsNetwork allows to make parts of a network, if they get the environment's tags in the same moment.
func (e environment) createsNetwork() []grant {
	return []grant{
		{sid: "CreateVpc", why: numbered, actions: []string{"ec2:CreateVpc"}, resources: e.parts("vpc"), condition: e.requestTagged()},
		{
			sid: "CreateNetworkParts", why: numbered, condition: e.requestTagged(),
			actions: []string{
				"ec2:AllocateAddress", "ec2:CreateInternetGateway", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet",
			},
			resources: e.parts("elastic-ip", "internet-gateway", "route-table", "security-group", "subnet"),
		},
		// Apart, since what these are made with has to be the environment's own already.
		{
			sid: "CreateEgress", why: numbered, condition: e.requestTagged(), resources: e.parts("natgateway", "vpc-endpoint"),
			actions: []string{"ec2:CreateNatGateway", "ec2:CreateVpcEndpoint"},
		},
		{
			sid: "AssociateEndpointZones", why: "the zones are AWS's own", resources: []string{e.PublicARN("route53", "hostedzone/*")},
			actions: []string{"route53:AssociateVPCWithHostedZone"},
		},
		{
			sid: "CreateSecurityGroupRules", why: numbered, condition: e.requestTagged(), resources: e.parts("security-group-rule"),
			actions: []string{"ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"},
		},
		{
			sid: "CreateGroupsInExistingVpc", why: "an existing network has tags of its own, and a group in it reaches nothing yet",
			actions: []string{"ec2:CreateSecurityGroup"}, resources: e.parts("vpc"),
		},
		// AWS makes a group with each network and gives it no tags, so the stack has to claim it before it can close it.
		{
			sid: "TagDefaultGroup", why: numbered, actions: []string{"ec2:CreateTags"}, resources: e.parts("security-group"),
			condition: iampolicy.Condition{"StringEquals": e.requestTagged()["StringEquals"], "Null": {"aws:ResourceTag/stack": {"true"}}},
		},
		{
			sid: "TagOnCreate", why: numbered, actions: []string{"ec2:CreateTags"}, resources: e.parts(ofNetwork...),
			condition: iampolicy.Condition{"StringEquals": {"ec2:CreateAction": {
				"AllocateAddress", "AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateInternetGateway", "CreateNatGateway",
				"CreateRouteTable", "CreateSecurityGroup", "CreateSubnet", "CreateVpc", "CreateVpcEndpoint",
			}}},
		},
	}
}

// changesParts allows what has the environment's tags to be changed and deleted.
func (e environment) changesParts() []grant {
	return []grant{{
		sid: "ChangeNetwork", why: numbered, condition: e.tagged(),
		actions: []string{
			"ec2:AssociateRouteTable", "ec2:AssociateVpcCidrBlock", "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroupEgress",
			"ec2:AuthorizeSecurityGroupIngress", "ec2:CreateNatGateway", "ec2:CreateRoute", "ec2:CreateRouteTable", "ec2:CreateSubnet",
			"ec2:CreateTags", "ec2:CreateVpcEndpoint", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteRoute",
			"ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints",
			"ec2:DetachInternetGateway", "ec2:DisassociateAddress", "ec2:DisassociateRouteTable", "ec2:DisassociateVpcCidrBlock",
			"ec2:ModifySecurityGroupRules", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint",
			"ec2:ReleaseAddress", "ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation", "ec2:RevokeSecurityGroupEgress",
			"ec2:RevokeSecurityGroupIngress",
		},
		resources: e.parts(ofNetwork...),
	}}
}

// balances allows a load balancer, its listeners and its groups of targets, by their names.
func (e environment) changesBalancer() []grant {
	return []grant{{
		sid: "ChangeLoadBalancer", why: "Pulumi and AWS append digits to the names",
		actions: []string{
			"elasticloadbalancing:AddTags", "elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateLoadBalancer",
			"elasticloadbalancing:CreateRule", "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:DeleteListener",
			"elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:DeleteTargetGroup",
			"elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyListenerAttributes",
			"elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyRule",
			"elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes",
			"elasticloadbalancing:RemoveTags", "elasticloadbalancing:SetRulePriorities", "elasticloadbalancing:SetSecurityGroups",
			"elasticloadbalancing:SetSubnets",
		},
		resources: slices.Concat([]string{e.balancers("loadbalancer")}, e.listeners(), e.targets()),
	}}
}

// listeners are the load balancer's, and their rules.
func (e environment) listeners() []string {
	return []string{e.balancers("listener"), e.balancers("listener-rule")}
}

// targets are its groups of targets: the second one's name is cut to fit by itself.
func (e environment) targets() []string {
	return []string{
		e.ARN("elasticloadbalancing", e.named("targetgroup/")),
		e.ARN("elasticloadbalancing", "targetgroup/"+names.Alternate(e.base)+"-*"),
	}
}

// certifies allows certificates with the environment's tags, and records in the zones that are given.
func (e environment) changesCertificate() []grant {
	grants := []grant{
		{
			sid: "RequestCertificate", why: "AWS knows no resource for it", condition: e.requestTagged(),
			actions: []string{"acm:RequestCertificate"}, resources: []string{"*"},
		},
		{
			sid: "TagNewCertificate", why: numbered, condition: e.requestTagged(),
			actions: []string{"acm:AddTagsToCertificate", "acm:ImportCertificate"}, resources: []string{e.ARN("acm", "certificate/*")},
		},
		{
			sid: "ChangeCertificate", why: numbered, condition: e.tagged(),
			actions: []string{
				"acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:ImportCertificate", "acm:RemoveTagsFromCertificate",
			},
			resources: []string{e.ARN("acm", "certificate/*")},
		},
	}
	if zones := e.existing["route53"]; len(zones) > 0 {
		grants = append(grants, grant{sid: "ChangeRecords", actions: []string{"route53:ChangeResourceRecordSets"}, resources: zones})
	}
	return grants
}
