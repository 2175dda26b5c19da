package kubernetes

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	scratch = "scratch"
	// privileged is the first port that needs no privilege.
	privileged = 1024
	// stallSeconds is how long nothing may come of a rollout: a new node is there in two minutes. After that Kubernetes says that it failed, which is how
	// verify-deployment knows. Pulumi's provider warns and waits on, as long as the deployment may take.
	stallSeconds = 180
)

// deployment brings new pods up beside the old ones. Auto Mode gives pods a gate for the load balancer's answer when they are made; where it missed
// one, as on the first deployment it may, a pod counts as there only after the time that the load balancer needs.
func deployment(name string, secrets pulumi.StringInput, args *Args) object {
	return object{
		"metadata": metadata(name),
		"spec": object{
			"replicas":                args.Min,
			"revisionHistoryLimit":    10,
			"minReadySeconds":         args.HealthSeconds + registerSeconds,
			"progressDeadlineSeconds": min(args.DeployTimeoutMinutes*60, stallSeconds+args.HealthSeconds+registerSeconds+args.StartSeconds),
			"selector":                object{"matchLabels": labels()},
			"strategy": object{
				"type": "RollingUpdate", "rollingUpdate": object{"maxUnavailable": 0, "maxSurge": "100%"},
			},
			"template": template(args, secrets),
		},
	}
}

// template is what each pod of a version is.
func template(args *Args, secrets pulumi.StringInput) object {
	return object{"metadata": podMetadata(args), "spec": podSpec(args, secrets)}
}

// podMetadata tells a Prometheus of the cluster where the metrics are.
func podMetadata(args *Args) object {
	meta := object{"labels": labels()}
	if args.MetricsPort > 0 {
		meta["annotations"] = object{
			"prometheus.io/scrape": "true", "prometheus.io/path": "/metrics", "prometheus.io/port": strconv.Itoa(args.MetricsPort),
		}
	}
	return meta
}

func podSpec(args *Args, secrets pulumi.StringInput) object {
	spec := object{
		"serviceAccountName":            appName,
		"automountServiceAccountToken":  false,
		"enableServiceLinks":            false,
		"terminationGracePeriodSeconds": args.DrainSeconds + args.StopSeconds,
		"nodeSelector":                  object{"kubernetes.io/arch": architecture(args)},
		"securityContext":               podSecurity(args),
		"containers":                    list(container(args, secrets)),
		// Each version's pods by themselves: those of the version that goes would be in the way.
		"topologySpreadConstraints": list(object{
			"topologyKey": "topology.kubernetes.io/zone", "maxSkew": 1, "minDomains": min(args.Zones, args.Min), "whenUnsatisfiable": "DoNotSchedule",
			"labelSelector": object{"matchLabels": labels()}, "matchLabelKeys": list("pod-template-hash"),
		}),
	}
	if volumes, _ := volumes(args, secrets); len(volumes) > 0 {
		spec["volumes"] = volumes
	}
	return spec
}

// volumes are the folder for temporary files and that of the secrets, and where the container has them.
func volumes(args *Args, secrets pulumi.StringInput) (all, mounts []any) {
	if args.ScratchPath != "" {
		all = append(all, object{"name": scratch, "emptyDir": object{}})
		mounts = append(mounts, object{"name": scratch, "mountPath": args.ScratchPath})
	}
	if secrets != nil {
		all = append(all, object{"name": secretsVolume, "csi": object{
			"driver": secretsDriver, "readOnly": true, "volumeAttributes": object{"secretProviderClass": secrets},
		}})
		mounts = append(mounts, object{"name": secretsVolume, "mountPath": mountedAt, "readOnly": true})
	}
	return all, mounts
}

// podSecurity lets a program without privileges listen on the port, as on Fargate. The folder for temporary files belongs to the program's group.
func podSecurity(args *Args) object {
	security := object{"runAsNonRoot": true, "seccompProfile": object{"type": "RuntimeDefault"}}
	user, group, grouped := strings.Cut(args.User, ":")
	if id, err := strconv.Atoi(user); err == nil {
		security["runAsUser"] = id
	}
	if id, err := strconv.Atoi(group); err == nil && grouped {
		security["runAsGroup"] = id
		if args.ScratchPath != "" {
			security["fsGroup"] = id
		}
	}
	if args.Port < privileged {
		security["sysctls"] = list(object{"name": "net.ipv4.ip_unprivileged_port_start", "value": strconv.Itoa(args.Port)})
	}
	return security
}

func container(args *Args, secrets pulumi.StringInput) object {
	ports := list(object{"name": portName, "containerPort": args.Port, "protocol": "TCP"})
	if args.MetricsPort > 0 {
		ports = append(ports, object{"name": metricsName, "containerPort": args.MetricsPort, "protocol": "TCP"})
	}
	size := object{"cpu": fmt.Sprintf("%dm", args.CPU*1000/unitsPerCore), "memory": fmt.Sprintf("%dMi", args.Memory)}
	one := object{
		"name": appName, "image": args.Image, "ports": ports, "env": append(variables(args.Environment), secretVariables(secrets, args)...),
		// What a pod asks for is what it gets, as a task does.
		"resources":      object{"requests": size, "limits": size},
		"startupProbe":   probe(ready(args), 1, max(args.StartSeconds, startSeconds)),
		"readinessProbe": probe(ready(args), probeSeconds, 2),
		"securityContext": object{
			"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": args.ReadOnlyRoot, "capabilities": object{"drop": list("ALL")},
		},
	}
	if len(args.Command) > 0 {
		one["args"] = list(args.Command...)
	}
	if health := healthCommand(args.HealthCommand); health != nil {
		one["livenessProbe"] = probe(object{"exec": object{"command": health}}, probeSeconds, 3)
	}
	if args.DrainSeconds > 0 {
		one["lifecycle"] = object{"preStop": object{"sleep": object{"seconds": args.DrainSeconds}}}
	}
	if _, mounts := volumes(args, secrets); len(mounts) > 0 {
		one["volumeMounts"] = mounts
	}
	return one
}

const (
	// probeSeconds is how often a pod is asked, as ECS asks a task.
	probeSeconds   = 5
	timeoutSeconds = 2
	// startSeconds is the least that a pod may take to start.
	startSeconds = 30
)

// ready is what a pod is asked before it gets requests.
func ready(args *Args) object {
	return object{"httpGet": object{"path": args.ReadyPath, "port": portName}}
}

// probe asks so often, and believes a failure after so many.
func probe(how object, period, failures int) object {
	asked := maps.Clone(how)
	asked["periodSeconds"], asked["timeoutSeconds"], asked["failureThreshold"] = period, timeoutSeconds, failures
	return asked
}

// healthCommand is Docker's health check as a command, or nil for none.
func healthCommand(words []string) []any {
	switch words[0] {
	case "NONE":
		return nil
	case "CMD-SHELL":
		return list("/bin/sh", "-c", words[1])
	default:
		return list(words[1:]...)
	}
}

// variables lists the environment by name, since another order would be another version.
func variables(environment map[string]string) []any {
	var all []any
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		all = append(all, object{"name": name, "value": environment[name]})
	}
	return all
}
