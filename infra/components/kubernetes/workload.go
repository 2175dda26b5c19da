package kubernetes

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// appName is what the objects in the namespace are called. Kubernetes would give pods a variable MOTE_PORT for a Service of this name, which is no
	// port, if pods asked for such variables.
	appName = "mote"
	// httpPort is the Service's, metricsName and portName are what pods call theirs.
	httpPort    = 80
	portName    = "http"
	metricsName = "metrics"
	// registerSeconds are for the controller to hear of a new pod and to register it.
	registerSeconds = 15
)

// labels are what the objects of the service find its pods by.
func labels() object { return object{"app.kubernetes.io/name": appName} }

// metadata names an object in the service's namespace.
func metadata(namespace string) object {
	return object{"name": appName, "namespace": namespace, "labels": labels()}
}

// addWorkload makes the service's objects. What pods need comes before them.
func (k *Kubernetes) addWorkload(ctx *pulumi.Context, name string, args *Args) error {
	space, err := k.add(ctx, name, "v1", "Namespace", namespace(name))
	if err != nil {
		return err
	}
	within := pulumi.DependsOn([]pulumi.Resource{space})
	before := append([]pulumi.Resource{space, k.nodes}, k.access...)
	for _, one := range []struct {
		version, kind string
		content       object
	}{
		{"v1", "ServiceAccount", object{"metadata": metadata(name), "automountServiceAccountToken": false}},
		{"v1", "Service", service(name)},
		{"networking.k8s.io/v1", "NetworkPolicy", networkPolicy(name, args)},
		{"policy/v1", "PodDisruptionBudget", disruptionBudget(name)},
		{"eks.amazonaws.com/v1", "TargetGroupBinding", binding(name, args)},
	} {
		made, err := k.add(ctx, name, one.version, one.kind, one.content, within)
		if err != nil {
			return err
		}
		before = append(before, made)
	}
	secrets, class, err := k.addSecrets(ctx, name, args, within)
	if err != nil {
		return err
	}
	before = append(before, class...)
	timeout := fmt.Sprintf("%dm", args.DeployTimeoutMinutes)
	pods, err := k.add(ctx, name, "apps/v1", "Deployment", deployment(name, secrets, args), pulumi.DependsOn(before),
		// The autoscaler owns the count after the first deployment.
		pulumi.IgnoreChanges([]string{"spec.replicas"}),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: timeout, Update: timeout, Delete: timeout}))
	if err != nil {
		return err
	}
	k.Steady = pods
	k.Namespace = pulumi.String(name).ToStringOutput()
	k.Deployment = pods.ID().ApplyT(func(pulumi.ID) string { return appName }).(pulumi.StringOutput)
	_, err = k.add(ctx, name, "autoscaling/v2", "HorizontalPodAutoscaler", autoscaler(name, args), pulumi.DependsOn([]pulumi.Resource{pods}))
	return err
}

// namespace is one that admits no pod with privileges: https://kubernetes.io/docs/concepts/security/pod-security-standards/
// The label of Auto Mode's own has it give each pod a readiness gate for its target, so a pod is ready, for a rollout and for the disruption budget, once
// the load balancer has found it healthy: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate
func namespace(name string) object {
	return object{"metadata": object{"name": name, "labels": object{
		"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest",
		"pod-security.kubernetes.io/warn": "restricted", "pod-security.kubernetes.io/audit": "restricted",
		"eks.amazonaws.com/pod-readiness-gate-inject": "enabled",
	}}}
}

func service(name string) object {
	return object{
		"metadata": metadata(name),
		"spec": object{
			"type": "ClusterIP", "selector": labels(),
			"ports": list(object{"name": portName, "port": httpPort, "protocol": "TCP", "targetPort": portName}),
		},
	}
}

// binding has Auto Mode register the Service's pods in the load balancer's target group:
// https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html#_targetgroupbinding
func binding(name string, args *Args) object {
	return object{
		"metadata": metadata(name),
		"spec": object{
			"serviceRef": object{"name": appName, "port": httpPort}, "targetGroupARN": args.TargetGroup, "targetType": "ip",
		},
	}
}

// disruptionBudget lets one pod at a time be moved.
func disruptionBudget(name string) object {
	return object{"metadata": metadata(name), "spec": object{"maxUnavailable": 1, "selector": object{"matchLabels": labels()}}}
}

// networkPolicy lets the load balancer in, and a Prometheus of any namespace to the metrics; pods reach name servers, HTTPS and their credentials.
func networkPolicy(name string, args *Args) object {
	var clients []any
	for _, block := range args.ClientCidrs {
		clients = append(clients, object{"ipBlock": object{"cidr": block}})
	}
	ingress := list(object{"from": clients, "ports": list(port("TCP", args.Port))})
	if args.MetricsPort > 0 {
		prometheus := object{"namespaceSelector": object{}, "podSelector": object{"matchLabels": object{"app.kubernetes.io/name": "prometheus"}}}
		ingress = append(ingress, object{"from": list(prometheus), "ports": list(port("TCP", args.MetricsPort))})
	}
	egress := list(object{"ports": list(port("UDP", dnsPort), port("TCP", dnsPort))}, object{"ports": list(port("TCP", httpsPort))})
	if len(args.Permissions) > 0 {
		agent := object{"ipBlock": object{"cidr": identityAgent}}
		egress = append(egress, object{"to": list(agent), "ports": list(port("TCP", httpPort))})
	}
	return object{
		"metadata": metadata(name),
		"spec": object{
			"podSelector": object{"matchLabels": labels()}, "policyTypes": list("Ingress", "Egress"), "ingress": ingress, "egress": egress,
		},
	}
}

const (
	dnsPort   = 53
	httpsPort = 443
	// identityAgent answers pods that ask for credentials: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
	identityAgent = "169.254.170.23/32"
)

func port(protocol string, number int) object { return object{"protocol": protocol, "port": number} }

// autoscaler keeps the averages that the settings name. A percentage is one of what a pod asks for, which is also all that it gets.
func autoscaler(name string, args *Args) object {
	metric := func(resource string, percent int) object {
		return object{"type": "Resource", "resource": object{
			"name": resource, "target": object{"type": "Utilization", "averageUtilization": percent},
		}}
	}
	metrics := list(metric("cpu", args.CPUPercent))
	if args.MemoryPercent > 0 {
		metrics = append(metrics, metric("memory", args.MemoryPercent))
	}
	return object{
		"metadata": metadata(name),
		"spec": object{
			"scaleTargetRef": object{"apiVersion": "apps/v1", "kind": "Deployment", "name": appName},
			"minReplicas":    args.Min, "maxReplicas": args.Max, "metrics": metrics,
			"behavior": object{"scaleDown": object{"stabilizationWindowSeconds": args.InSeconds}},
		},
	}
}
