#!/usr/bin/env bash
# Shows that the policies hold something: takes away or spoils one guarded line after another, in a copy, and sees a test fail each time.
# It takes minutes, since each mutation is compiled: infra/mutate.sh [--check|--findings] [NUMBER OF THE FIRST]
# --check only sees that each mutation still changes something, in a second.
# --findings tries those alone that spoil what a finding about AWS was mended with. Each such row ends with the finding's number.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../scripts/lib.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tar -C "$ROOT" --exclude=infra/cmd/localaws -cf - infra bench/RESULTS.md e2e tools docs scripts .github README.md | tar -xf - -C "$scratch"
copy="$scratch/infra"

# Most policies are those of the whole stack; the other packages are asked only when it passes.
others=(./config ./components/network ./components/registry ./components/certificate ./components/taskevents ./components/observability ./components/kubernetes ./internal/names ./cmd/verify-deployment/rollout ./cmd/verify-deployment/kubernetes ./cmd/estimate-cost/estimate ./cmd/simulate-scaling/model ./cmd/simulate-scaling/study ./cmd/simulate-scaling/trial ./cmd/scan/... ./bootstrap/account)
tried=0 ran=0 survived=0 broken=0 check=false findings=false
case ${1:-} in
  --check) check=true && shift ;;
  --findings) findings=true && shift ;;
esac
first=${1:-1}

# test_copy PACKAGE ...: runs the policies of the copy.
test_copy() { go -C "$copy" test -vet=off -count=1 -failfast -timeout 900s "$@"; }

# test_own FOLDER: runs the tests beside a file, which are compiled sooner than those of the whole stack.
test_own() { [[ " ${others[*]} " != *" ./$1 "* ]] || test_copy "./$1"; }

# judged FILE: has the judge ask the roles of the copy about the recorded deployment.
judged() { [[ $1 != bootstrap/* ]] || "$scratch/e2e/judge/judge.sh" test; }

# mutate FILE SED [FINDING]: applies the sed expression to a file of the copy, runs the policies, and puts the file back.
mutate() {
  local file=$1 change=$2 finding=${3:-} log="$copy/.log"
  tried=$((tried + 1))
  ((tried >= first)) || return 0
  ! $findings || [[ -n $finding ]] || return 0
  ran=$((ran + 1))
  cp "$copy/$file" "$copy/.kept"
  sed -i -E "$change" "$copy/$file"
  ! cmp -s "$copy/$file" "$copy/.kept" || fail "mutation $tried changes nothing in $file: $change"
  if $check; then
    cp "$copy/.kept" "$copy/$file"
    return 0
  fi
  if test_own "${file%/*}" >"$log" 2>&1 && test_copy ./stack >>"$log" 2>&1 && test_copy "${others[@]}" >>"$log" 2>&1 && judged "$file" >>"$log" 2>&1; then
    printf 'SURVIVED %-3s %d %s: %s\n' "$finding" "$tried" "$file" "$change"
    survived=$((survived + 1))
  elif grep -qE 'build failed|setup failed' "$log"; then
    printf 'DOES NOT COMPILE, so it proves nothing: %d %s: %s\n%s\n' "$tried" "$file" "$change" "$(<"$log")"
    broken=$((broken + 1))
  else
    printf 'caught %-3s %d %s: %s: %s\n' "$finding" "$tried" "$file" "$change" "$(grep -m1 -oE '^( *--- )?FAIL: [Tt]est[A-Za-z0-9_]+' "$log" | sed 's/.*: //')"
  fi
  cp "$copy/.kept" "$copy/$file"
}

$check || log "the policies pass before anything is spoiled"
$check || test_copy ./stack "${others[@]}" >"$copy/.log" || fail "they do not: $(<"$copy/.log")"

# The network.
mutate components/network/groups.go '/ReferencedSecurityGroupId: n.LoadBalancerGroup/s/.*/CidrIpv4: pulumi.String(anywhere),/'
mutate components/network/groups.go 's/pulumi.Int\(https\)/pulumi.Int(0)/'
mutate components/network/network.go '/opt-in-status/s/opt-in-not-required/opted-in/; s/found.Names\[:count\]/append(found.Names[:1], found.Names[:1]...)/'
mutate components/network/existing.go 's/subnet.VpcId != args.ExistingVpc/false/'
mutate components/network/existing.go 's/len\(zones\) < 2/false/'
# The image and its repository.
mutate components/registry/registry.go 's/"IMMUTABLE_WITH_EXCLUSION"/"MUTABLE"/'
mutate components/registry/registry.go '/ScanOnPush/s/true/false/'
mutate components/registry/registry.go 's/if ctx.DryRun\(\)/if false/'
mutate components/registry/registry.go 's/pulumi.Protect\(args.Protected\)/pulumi.Protect(false)/'
mutate components/registry/registry.go 's/repository := r.find/repository := r.create/'
mutate components/registry/push.go 's/"@" \+ digest.String\(\)/"@sha256:" + digest.Hex[:63] + "0"/'
mutate components/registry/push.go 's/if err == nil \{/if err == nil \&\& false {/'
mutate components/registry/layout.go 's/twice \{/twice \&\& false {/'
mutate components/registry/lifecycle.go 's/TagStatus: "any"/TagStatus: "untagged"/'
# EKS.
mutate components/kubernetes/pod.go '/enableServiceLinks/s/false/true/'
mutate components/kubernetes/pod.go '/maxUnavailable/s/0/1/'
mutate components/kubernetes/pod.go 's/args.HealthSeconds \+ registerSeconds/0/'
mutate components/kubernetes/pod.go '/allowPrivilegeEscalation/s/false/true/'
mutate components/kubernetes/pod.go 's/args.DrainSeconds \+ args.StopSeconds/args.StopSeconds/'
mutate components/kubernetes/workload.go 's/pulumi.IgnoreChanges\(\[\]string\{"spec.replicas"\}\)/pulumi.IgnoreChanges(nil)/'
mutate components/kubernetes/workload.go '/pod-security.kubernetes.io\/enforce"/s/restricted/privileged/'
mutate components/kubernetes/workload.go '/pod-readiness-gate-inject/s/enabled/disabled/'
mutate components/kubernetes/workload.go 's/"policyTypes": list\("Ingress", "Egress"\)/"policyTypes": list("Egress")/'
mutate components/kubernetes/workload.go '/object\{"cidr": block\}/s/block/"0.0.0.0\/0" + block[:0]/'
mutate components/kubernetes/nodes.go '/"enable-network-policy-controller"/s/true/false/'
mutate components/kubernetes/nodes.go 's/list\(object\{"id": args.SecurityGroup\}, /list(/'
mutate components/kubernetes/cluster.go '/BootstrapClusterCreatorAdminPermissions/s/pulumi.Bool\(false\)/pulumi.Bool(true)/'
mutate components/kubernetes/cluster.go 's/pulumi.Bool\(len\(args.APICidrs\) > 0\)/pulumi.Bool(true)/'
mutate components/kubernetes/cluster.go 's/pulumi.DependsOn\(append\(before, logs\)\)/pulumi.DependsOn(append(before[:0:0], logs))/'
mutate components/kubernetes/cluster.go '/SupportType/s/STANDARD/EXTENDED/'
mutate components/kubernetes/access.go '/ClusterName: k.Cluster, Namespace/s/appName/name/'
mutate components/kubernetes/pod.go 's/stallSeconds = 180/stallSeconds = 1800/'
mutate components/kubernetes/secrets.go 's/, pulumi.RetainOnDelete\(true\)//'
mutate components/kubernetes/secrets.go 's/\[\]any\{template\(&one, nil\), args.Secrets\}/args.Secrets/'
mutate components/kubernetes/secrets.go '/syncing = /s/true/false/'
mutate components/kubernetes/secrets.go 's/known\[reference\] == ""/true/'
mutate components/kubernetes/secrets.go 's/list\("get", "list", "watch"\)/list("*")/'
mutate components/kubernetes/access.go 's/policy, groups = narrowViewPolicy/policy, groups = viewPolicy/'
mutate components/kubernetes/access.go 's/AllowSecrets\(args.Secrets, args.SecretsKey\)/AllowSecrets(args.Secrets, "")/'
mutate cmd/verify-deployment/kubernetes/verify.go 's/one.Status.ObservedGeneration < one.Metadata.Generation/false/'
mutate cmd/verify-deployment/kubernetes/verify.go 's/one.Status.Replicas > one.Status.UpdatedReplicas/false/'
mutate cmd/verify-deployment/kubernetes/undo.go 's/waitStable\(ctx, d, ""\)/waitStable(ctx, d, d.Image)/'
mutate cmd/verify-deployment/kubernetes/undo.go 's/if why == "" \{/if false {/'
mutate cmd/verify-deployment/kubernetes/undo.go '/delete\(spec, "replicas"\)/d'
mutate cmd/verify-deployment/kubernetes/undo.go '/delete\(labels, "pod-template-hash"\)/d; s/if labels, is := (.*); is/if _, is := \1; is/'
mutate cmd/verify-deployment/kubernetes/undo.go 's/return len\(f.readyPods\(set\)\) > 0/return true/; s/\(set objects.ReplicaSet\) bool \{ return true/(objects.ReplicaSet) bool { return true/'
mutate cmd/verify-deployment/kubernetes/token.go 's/smithyhttp.SetHeaderValue\(ClusterHeader, cluster\), //'
mutate bootstrap/account/environment.go 's/onKubernetes: slices.Contains\(a.cfg.onKubernetes, name\)/onKubernetes: true/'
mutate bootstrap/account/kubernetes.go 's/, condition: own\("aws:RequestTag"\)//'
mutate bootstrap/account/kubernetes.go '/"iam:PolicyARN":/d'
mutate components/loadbalancer/targetgroup.go '/iampolicy.ClusterTag/s/cluster\)/"other")/'
mutate config/platform.go 's/!is\(r.lookup, one.key, one.value\)/false/'
# The load balancer.
mutate components/loadbalancer/loadbalancer.go '/DropInvalidHeaderFields/d'
mutate components/loadbalancer/loadbalancer.go 's/"strictest"/"defensive"/'
mutate components/loadbalancer/loadbalancer.go '/EnableDeletionProtection/d'
mutate components/loadbalancer/targetgroup.go '/DeregistrationDelay/d'
mutate components/loadbalancer/targetgroup.go 's/HealthyAfter   = 2/HealthyAfter   = 5/'
mutate components/loadbalancer/listeners.go 's/"HTTP_301"/"HTTP_302"/'
mutate components/loadbalancer/listeners.go '/SslPolicy/d'
mutate components/loadbalancer/listeners.go '/RoutingHttpResponseStrictTransportSecurityHeaderValue/d'
mutate components/loadbalancer/listeners.go '/RoutingHttpResponseServerEnabled/d'
# Tasks and service.
mutate components/service/task.go 's/ReadonlyRootFilesystem: .*/ReadonlyRootFilesystem: false,/'
mutate components/service/task.go 's/User:  *args.User,/User: "",/'
mutate components/service/task.go 's/"ALL"/"NET_RAW"/'
mutate components/service/task.go 's/HealthCheck:  *newHealthCheck\(args\),//'
mutate components/service/task.go 's/Family:  *pulumi.String\(name\)/Family: pulumi.String(name + strconv.Itoa(args.CPU))/'
mutate components/service/task.go 's/CpuArchitecture:  *pulumi.String\(args.Architecture\)/CpuArchitecture: pulumi.String("X86_64")/'
mutate components/service/service.go '/Rollback: pulumi.Bool\(true\),/s/true/false/'
mutate components/service/service.go '/WaitForSteadyState/d'
mutate components/service/service.go '/DeploymentMinimumHealthyPercent/s/100/50/'
mutate components/service/service.go '/pulumi.IgnoreChanges\(ignoredChanges\(args\)\)/d'
mutate components/service/service.go '/pulumi.Timeouts/d; s/timeout := .*/var _ = fmt.Sprint()/'
mutate components/service/service.go 's/, roles.permissions\)/)/'
mutate components/service/cluster.go '/RetentionInDays/d'
mutate components/service/capacity.go 's/Base: pulumi.Int\(1\), //'
mutate components/service/roles.go 's/\[\]string\{repository\}/[]string{"*"}/'
mutate components/service/roles.go 's/"ecr:BatchGetImage"/"ecr:*"/'
mutate components/service/roles.go '/PermissionsBoundary: args/d'
mutate internal/iampolicy/secrets.go 's/secrets, ParseSecret\(reference\).ARN/secrets, reference+"*"/'
mutate internal/iampolicy/iampolicy.go '/aws:SourceAccount/d'
# Scaling, alarms, stops, names.
mutate components/autoscaling/targettracking.go 's/args.CPUPercent\}/50}/'
mutate components/autoscaling/autoscaling.go 's/pulumi.IgnoreChanges\(ignoredChanges\(args\)\)/pulumi.IgnoreChanges(nil)/'
mutate components/alarms/metrics.go 's/"missing"/"notBreaching"/'
mutate components/alarms/metrics.go '/AlarmActions/d'
mutate components/taskevents/rule.go '/"lastStatus"/d'
mutate components/certificate/certificate.go 's/, pulumi.IgnoreChanges\(\[\]string\{"privateKey", "certificateBody"\}\)//'
mutate internal/names/names.go 's/MaxBase = 24/MaxBase = 25/'
mutate internal/tags/tags.go 's/"stack": stack, //; s/project, stack := pulumi.String\(ctx.Project\(\)\), pulumi.String\(ctx.Stack\(\)\)/project := pulumi.String(ctx.Project())/'
# Moved traffic.
mutate config/combinations.go 's/timeout < needed/timeout < 0/'
mutate config/combinations.go 's/s.RequestsPerMinute > 0 \{/s.RequestsPerMinute > 0 \&\& false {/'
mutate components/loadbalancer/bluegreen.go 's/, pulumi.IgnoreChanges\(\[\]string\{"actions"\}\)//' 20
mutate components/loadbalancer/bluegreen.go 's/noTraffic  = 0/noTraffic  = 100/'
mutate components/service/rollout.go '/configuration.BakeTimeInMinutes = minutes/d'
mutate components/service/rollout.go 's/s.before = append\(s.before, allowed\)/_ = allowed/'
mutate components/alarms/metrics.go 's/responses, other = loadBalancer,/other =/'
mutate cmd/verify-deployment/rollout/verify.go 's/if starting\(service, d\)/if false/'
mutate cmd/verify-deployment/export/export.go 's/!resource.Delete/true/' 6
mutate cmd/verify-deployment/rollout/stopreasons.go 's/for pages.HasMorePages\(\) \{/for range 1 {/' 22
mutate cmd/verify-deployment/rollout/traffic.go 's/return youngestFirst\(a.CreatedAt, b.CreatedAt\)/return 0/' 22
mutate cmd/verify-deployment/rollout/traffic.go 's/len\(serving\) != 1/len(serving) == 0/'
mutate cmd/verify-deployment/rollout/traffic.go 's/healthy < service.DesiredCount/false/'
# The dashboard.
mutate components/dashboard/widgets.go 's/"TargetResponseTime", loadBalancer, "p99"/"TargetResponseTime", loadBalancer, "p95"/'
mutate components/dashboard/widgets.go 's/"TargetGroup", group\}/"TargetGroup", group[:0]}/'
mutate components/dashboard/widgets.go 's/i % columns \* width/0/'
mutate components/dashboard/dashboard.go 's/alarms = args.Alarms/_ = alarms/'
# Prometheus and Grafana.
mutate components/observability/observability.go 's/SecurityGroupId: args.TaskGroup, ReferencedSecurityGroupId: o.group,/SecurityGroupId: args.TaskGroup, CidrIpv4: pulumi.String("0.0.0.0\/0"),/'
mutate components/observability/observability.go 's/SecurityGroupId: args.TaskGroup, Ref/SecurityGroupId: o.group, Ref/'
mutate components/observability/observability.go '/EnableExecuteCommand/d'
mutate components/observability/observability.go 's/DeploymentMaximumPercent:        pulumi.Int\(100\)/DeploymentMaximumPercent: pulumi.Int(200)/'
mutate components/observability/observability.go 's/o.opened = \[\]pulumi.Resource\{outbound, inbound, https\}/_, _, _ = outbound, inbound, https/'
mutate components/observability/observability.go 's/pulumi.Bool\(args.Mode == Prometheus\)/pulumi.Bool(true)/'
mutate components/observability/managed.go 's/"aws:SourceArn": \{source\}/"aws:SourceArn": {"*"}/'
mutate components/observability/managed.go '/publish\("PublishAlarms"/d'
mutate components/observability/managed.go 's/if args.OwnTopic \{/if true {/'
mutate components/observability/managed.go 's/before = append\(before, allowed\)/_ = allowed/'
mutate components/observability/managed.go 's/, pulumi.DependsOn\(\[\]pulumi.Resource\{permission\}\)//; s/role, permission, err/role, _, err/'
mutate components/observability/managed.go 's/"aps:QueryMetrics",/"aps:QueryMetrics", "aps:RemoteWrite",/'
mutate components/observability/managed.go 's/"CUSTOMER_MANAGED"/"SERVICE_MANAGED"/'
mutate components/observability/definitions.go 's/group\["interval"\] = managedInterval/_ = managedInterval/'
mutate components/observability/roles.go 's/known\[2:\]\)/[]string{"*"})/'
mutate components/observability/containers.go 's/--agent --storage.agent.path/--storage.tsdb.path/'
mutate config/observability.go 's/managed \&\& !c.Alarms.Enabled/false/'
mutate bootstrap/account/environment.go 's/observed: slices.Contains\(a.cfg.observed, name\)/observed: true/'
mutate bootstrap/account/managed.go 's/why: numbered, resources: e.workspaces\(\), condition: e.tagged\(\)/why: numbered, resources: e.workspaces()/'
mutate components/observability/roles.go 's/rand.Text\(\)/rand.Text()[:0]+"admin"/'
mutate components/observability/roles.go 's/, pulumi.IgnoreChanges\(\[\]string\{"secretString"\}\)//'
mutate components/observability/roles.go 's/list.Condition = inCluster/_ = inCluster/'
mutate components/observability/roles.go 's/, args.Caller.ARN\("ecs", "cluster\/default"\)//'
mutate components/observability/roles.go 's/, PermissionsBoundary: args.Caller.Boundary\(args.Boundary\)//'
mutate components/observability/containers.go 's/"GF_AUTH_ANONYMOUS_ENABLED", "false"/"GF_AUTH_ANONYMOUS_ENABLED", "true"/'
mutate components/observability/containers.go 's/size > maxDefinition/size < 0/'
mutate components/observability/containers.go 's/, args.CPU, args.Memory\)/, 256, 512)/'
mutate cmd/verify-deployment/rollout/export.go 's/!beside\(resource\)/true/; s/^func beside/var _ = beside\n\nfunc beside/'
mutate bootstrap/account/scope.go 's/"\/grafana-\*"/"\/*"/'
# Prices and limits.
mutate cmd/estimate-cost/estimate/prices.go 's/clusterHour       = 0.10/clusterHour = 0.60/'
mutate cmd/estimate-cost/estimate/prices.go 's/capacityUnitHour = 0.008/capacityUnitHour = 0.08/'
mutate cmd/estimate-cost/estimate/prices.go 's/addressHour  = 0.005/addressHour = 0.004/'
mutate cmd/estimate-cost/estimate/compare.go 's/before := min\(millions, apiMillionsBefore\)/before := millions/'
mutate cmd/estimate-cost/estimate/compare.go 's/max\(fewest, math.Ceil\((.*)\)\)$/math.Ceil(\1)/'
mutate cmd/estimate-cost/estimate/compare.go 's/max\(connections, gigabytes\)/min(connections, gigabytes)/'
mutate cmd/estimate-cost/estimate/compare.go 's/rate \/ sampled \*/rate */; s/rate, sampled float64/rate, _ float64/'
mutate cmd/estimate-cost/estimate/growth.go 's/\/\(bill.cores\*targetUse\)/\/bill.cores/'
mutate cmd/estimate-cost/estimate/growth.go 's/one.need\(tasks, cores\) > one.most/tasks > one.most/'
mutate cmd/estimate-cost/estimate/estimate.go 's/\(tasks-b.Min\)\*b.PerTask/tasks*b.PerTask/'
mutate ../README.md 's/costs about 50 dollars/costs about 40 dollars/'
mutate ../docs/capacity.md 's/costs about 50 dollars/costs about 40 dollars/'
mutate ../docs/capacity.md 's/the default stack \(x86\) \| 51/the default stack (x86) | 50/'
# The simulation of autoscaling.
mutate cmd/simulate-scaling/model/scaler.go 's/highPoints = 3/highPoints = 1/'
mutate cmd/simulate-scaling/model/scaler.go 's/lowPoints  = 15/lowPoints = 5/'
mutate cmd/simulate-scaling/model/scaler.go 's/lowShare   = 0.9/lowShare = 1.0/'
mutate cmd/simulate-scaling/model/scaler.go 's/math.Ceil\(float64/math.Floor(float64/'
mutate cmd/simulate-scaling/model/scaler.go 's/if now < s.outUntil/if false/'
mutate cmd/simulate-scaling/model/scaler.go 's/now\+s.OutCooldown, -1/now+s.OutCooldown, s.inUntil/'
mutate cmd/simulate-scaling/model/scaler.go 's/if now < s.inUntil/if false/'
mutate cmd/simulate-scaling/model/fleet.go 's/f.turn\+\+/f.turn += 0/'
mutate cmd/simulate-scaling/model/fleet.go 's/one.processor.lead\(at\) >= f.longest\(\)/false/'
mutate cmd/simulate-scaling/model/fleet.go 's/work \+= s.Wakeup/work += 0*s.Wakeup/'
mutate cmd/simulate-scaling/model/fleet.go 's/one.connections\+\+/one.connections += 0/'
mutate cmd/simulate-scaling/model/processor.go 's/p.cores\*quotaPeriod-p.used, p.end-at/p.end-at, p.end-at/'
mutate cmd/simulate-scaling/model/simulation.go 's/s.now\+s.StartSeconds\+s.HealthSeconds/s.now/'
mutate cmd/simulate-scaling/model/simulation.go 's/s.schedule\(s.now\+s.MetricDelay/s.schedule(s.now/'
mutate cmd/simulate-scaling/model/simulation.go 's/m.running \* s.Point/s.Point/'
mutate cmd/simulate-scaling/model/traffic.go 's/rate >= 0 \&\& rate <= MostRate/rate >= 0/'
mutate cmd/simulate-scaling/model/traffic.go 's/length >= least \&\& //'
mutate cmd/simulate-scaling/study/settings.go 's/o.Rate >= 0 \&\& //'
mutate cmd/simulate-scaling/study/settings.go 's/o.Work < leastWork \|\| //'
mutate cmd/simulate-scaling/study/settings.go 's/float64\(cfg.Service.CPU\) \/ 1024/0.25 + 0*float64(cfg.Service.CPU)/'
mutate cmd/simulate-scaling/study/study.go 's/min\(config.MaxTasks, s.needed\(s.peak\(\), target\)\)/s.needed(s.peak(), target)/'
mutate cmd/simulate-scaling/study/study.go 's/c.result.WorstP99 <= goodP99 \&\& //'
mutate cmd/simulate-scaling/study/document.go 's/s.bill.With\(s.result.Tasks\)/s.bill.Total()/'
mutate cmd/simulate-scaling/model/fleet.go 's/-math.Expm1\(-slept \/ s.Cooling\)/1/'
mutate cmd/simulate-scaling/model/fleet.go 's/s.Chill\/\(1\+rate\*s.Cooling\)/s.Chill/'
mutate cmd/simulate-scaling/model/simulation.go 's/rate\/float64\(len\(s.fleet.offered\)\)/rate/'
mutate cmd/simulate-scaling/trial/calibrate.go 's/least = cooling/most = cooling/'
mutate cmd/simulate-scaling/trial/calibrate.go 's/n\*a.Rate\*cooling\), n\)/n*a.Rate*cooling), 1)/'
mutate cmd/simulate-scaling/trial/plan.go 's/InCooldownSeconds \/ factor/InCooldownSeconds/'
mutate cmd/simulate-scaling/trial/result.go 's/int\(one.due\/run.Point\)/int((one.due+one.latency)\/run.Point)/'
mutate cmd/simulate-scaling/trial/report.go 's/tolerance\*measured/measured/'
# Stack references and imports.
mutate config/stackreference.go 's/\{"privateSubnetIds", "existingTaskSubnets", func.*/{"privateSubnetIds", "existingTaskSubnets", ownNetwork},/'
mutate config/stackreference.go 's/!one.wanted\(own\) \|\| !empty\(own, one.setting\)/!one.wanted(own)/'
mutate config/stackreference.go 's/"existingVpc", ownNetwork/"existingVpc", always/; s/"existingSubnets", ownNetwork/"existingSubnets", always/'
mutate config/stackreference.go 's/present == 0/false/'
mutate config/import.go 's/into.name != nameOf\(id\)/false/'
mutate internal/importopts/importopts.go 's/, pulumi.Protect\(true\)//'
mutate components/loadbalancer/loadbalancer.go '/importopts.Named/d; s/^func accessLogs/var _ = importopts.Named\n\nfunc accessLogs/'
# The scan.
mutate cmd/scan/findings/findings.go 's/matches \&\& one.check == found.Check/one.check == found.Check/; s/matches, _ :=/_, _ =/'
mutate cmd/scan/findings/findings.go 's/!one.used/false/'
mutate cmd/scan/findings/findings.go 's/len\(fields\) < 2\+fewestWords/len(fields) < 2/'
mutate cmd/scan/plan/plan.go 's/written\[snake\(name\)\] = \[\]any\{block\(typed\)\}/written[snake(name)] = block(typed)/'
mutate components/network/groups.go 's/VpcId: n.VpcID\}, pulumi.Parent/VpcId: pulumi.String("")}, pulumi.Parent/'
# Egress.
mutate components/network/private.go 's/n.TasksReady = append\(n.TasksReady, route\)/_ = route/' 1
mutate components/network/private.go 's/i == 0 \|\| args.NATPerZone/i == 0/'
mutate components/network/private.go 's/, pulumi.Parent\(n\), waits\)/, pulumi.Parent(n))/; s/^\twaits := /\t_ = /'
mutate components/network/private.go 's/&ec2.RouteTableArgs\{VpcId: n.VpcID\}/\&ec2.RouteTableArgs{VpcId: n.VpcID, Routes: ec2.RouteTableRouteArray{\&ec2.RouteTableRouteArgs{CidrBlock: pulumi.String(anywhere), GatewayId: n.internet.ID()}}}/'
mutate components/network/endpoints.go 's/PrivateDnsEnabled: pulumi.Bool\(true\)/PrivateDnsEnabled: pulumi.Bool(false)/'
mutate components/network/endpoints.go 's/Policy:  *pulumi.String\(policy\),/Policy: pulumi.String(policy[:0]),/'
mutate components/network/groups.go 's/args.Egress == Endpoints/false/'
mutate components/network/network.go 's/s.AssignPublicIP \&\& s.Egress == Public/s.AssignPublicIP/'
mutate config/combinations.go 's/private \&\& n.ExistingVpc != ""/false/'
# What the service or AWS would refuse.
mutate config/environment.go 's/4000\) \+ keepaliveMargin/4000)/'
mutate config/environment.go 's/stop - killMargin - delay/stop/'
mutate config/environment.go 's/port == r.text\("containerPort"\)/false/'
mutate config/environment.go 's/len\(message\) > maxMessageBytes \|\| //'
mutate config/environment.go 's/unicode.IsControl\(c\)/false \&\& unicode.IsControl(c)/' D9
mutate config/validate.go 's/maxDeployMinutes = 30/maxDeployMinutes = 45/' 10
mutate config/validate.go 's/strings.HasPrefix\(name, variablePrefix\)/false \&\& strings.HasPrefix(name, variablePrefix)/' D9
mutate config/cidr.go 's/of\(reserved, network\) >= 0/false/' D7
mutate config/cidr.go 's/of\(private, second\) >= 0 \&\& of\(private, first\) != of\(private, second\)/false/' 9
mutate config/cidr.go 's/of\(neverAdded, second\) >= 0/false/' D7
mutate config/cidr.go 's/lowTen.Overlaps\(first\) \&\& lowestTen/false \&\& lowestTen/' D7
mutate config/combinations.go 's/strings.HasPrefix\(name, reservedPrefix\)/false/' 24
mutate config/combinations.go 's/len\(c.Domain\) > maxCertificateName/false/' D9
mutate config/reader.go 's/slices.Contains\(values\[:i\], value\)/i < 0/' D9
mutate config/reader.go 's/strings.TrimSuffix\(r.text\(key\), "."\)/r.text(key)/' D12
mutate config/arns.go 's/is != partition/false \&\& is != partition/' 18
mutate config/arns.go 's/ \&\& is != region/ \&\& false/' D9
mutate config/unknown.go 's/!r.known\[key\]/false/' D9
mutate stack/lookups.go 's/vpc.CidrBlock != e.cfg.Network.Cidr/false/' 15
mutate stack/lookups.go 's/err := e.cfg.CheckARNs\(e.data.Region, e.data.Partition\); err != nil/false/; s/return err$/return nil/'
mutate stack/lookups.go 's/err := e.cfg.CheckEndpoints\(e.data.Region\); err != nil/false/; s/return err$/return nil/'
mutate stack/stack.go '/args.Environment\[config.EnvironmentVariable\]/d' D11
mutate stack/lookups.go 's/rollback == true/false/; s/rollback, err := e.last/_, err := e.last/' 24
mutate stack/lookups.go 's/if rule == nil \|\|/if true \|\| rule == nil \|\|/' 20
mutate components/network/network.go '/ExcludeZoneIds/d' 17
# Order, transitions and partitions.
mutate components/network/network.go 's/n.InternetReady = append\(n.InternetReady, associated\)/_ = associated/' 1
mutate components/network/network.go 's/n.refuseMove, //' 15
mutate components/network/move.go 's/now.CidrBlock != a.Cidr/false/' 15
mutate components/network/groups.go 's/n.TasksReady = append\(n.TasksReady, outbound, inbound\)/_, _ = outbound, inbound/' 1
mutate components/network/groups.go 's/hyphens.Replace\(block\)/fmt.Sprint(len(block))/'
mutate components/network/groups.go 's/"%s-tasks-from-load-balancer-%d", name, args.Port/"%s-tasks-from-load-balancer-%d", name, 1/' 5
mutate components/network/split.go 's/^const parts = 8/const parts = 4/' 4
mutate components/network/endpoints.go 's/prefix = caller.ReverseDNSPrefix/_ = caller/' 18
mutate components/network/endpoints.go 's/args.Caller.PublicARN\("s3", "prod-"/("arn:aws:s3:::" + "prod-"/' 18
mutate components/loadbalancer/loadbalancer.go 's/, pulumi.DependsOn\(args.After\),/,/' 1
mutate components/loadbalancer/targetgroup.go 's/^const targetPort = 80/const targetPort = 8080/' 5
mutate components/service/rollout.go 's/Rolling: "ROLLING", //' 3
mutate components/service/capacity.go 's/"DISABLED"/"ENABLED"/' 8
mutate components/service/capacity.go 's/return args.ExistingCluster != "" \&\& args.SpotPercent == 0/return args.SpotPercent == 0/' 14
mutate components/service/service.go '/ForceNewDeployment:/d' 14
mutate internal/callerinfo/callerinfo.go 's/pulumi.String\(i.GlobalARN\("iam", "policy\/"\+name\)\)/pulumi.Sprintf("arn:aws:iam::%s:policy\/%s", i.Account, name)/' 18
mutate components/registry/lifecycle.go 's/TagStatus: "tagged", TagPrefixList: moving/TagStatus: "untagged"/' D15
mutate components/registry/push.go 's/now.Digest == wanted/now.Digest == wanted \&\& false/' D15
mutate components/registry/registry.go 's/, runningTag, to.login\)/, deployingTag, to.login)/' D15
mutate components/registry/registry.go 's/if ctx.DryRun\(\) \|\| !r.owned \{/if ctx.DryRun() {/'
mutate components/certificate/certificate.go 's/, pulumi.RetainOnDelete\(true\)//' 19
mutate components/taskevents/taskevents.go 's/"\*health checks\*"/"*failed*health checks*"/' 2
mutate components/taskevents/rule.go 's/, pulumi.RetainOnDelete\(true\)//' 19
mutate components/taskevents/rule.go 's/shared := args.Project/shared := args.Family/' 19
mutate components/alarms/metrics.go 's/"Sum", tooMuch, 2, 1, fiveMinutes/"Sum", tooMuch, 2, 5, minute/' 2
mutate components/alarms/metrics.go 's/, pulumi.DependsOn\(\[\]pulumi.Resource\{steady\}\)//' 21
mutate stack/stack.go 's/append\(e.network.TasksReady, e.taskEvents.Ready\)/e.network.TasksReady/' 1
# What an account needs before the first deployment.
mutate bootstrap/account/trust.go 's/":repository_id"/":repository_name"/'
mutate bootstrap/account/trust.go 's/refs\/heads\/main/refs\/heads\/dev/'
mutate bootstrap/account/trust.go 's/"environment.yml", //'
mutate bootstrap/account/trust.go 's/len\(files\) > 0/len(files) < 0/'
mutate bootstrap/account/state.go '/a.closeBucket, a.addLayouts/s/, a.addLayouts//' 7
mutate bootstrap/account/state.go 's/\[\]pulumi.Resource\{a.encrypted\}/nil/'
mutate bootstrap/account/config.go 's/all\[other\]\[kind\] == name \|\| //'
mutate bootstrap/account/scope.go 's/cmp.Or\(e.own\[ownRepository\], e.base\)/cmp.Or("", e.base)/' 11
mutate bootstrap/account/scope.go 's/cmp.Or\(e.own\[ownLogGroup\], /cmp.Or("", /' 11
mutate bootstrap/account/scope.go 's/name := e.own\[ownLoadBalancer\]; name/name := e.own["none"]; name/' 11
mutate bootstrap/account/deployrole_service.go '/"iam:UpdateRoleDescription"/d' 12
mutate bootstrap/account/deployrole_service.go 's/, e.onClusters\("service-deployment", .*\)\)/)/' 13
mutate internal/callerinfo/callerinfo.go 's/"arn:%s:iam::aws:policy\/%s", i.Partition, name/"arn:aws:iam::aws:policy\/%s", name/' 18
mutate bootstrap/account/statefiles.go 's/"s3." \+ e.Region \+ "." \+ e.DNSSuffix/"s3." + e.Region + ".amazonaws.com"/' 18
mutate bootstrap/account/state.go '/RestrictPublicBuckets/d'
mutate bootstrap/account/state.go '/EnableKeyRotation/d'
mutate bootstrap/account/state.go 's/Effect: "Deny"/Effect: "Allow"/'
mutate bootstrap/account/state.go '/NoncurrentDays/s/a.cfg.oldVersionDays/1/'
mutate bootstrap/account/state.go 's/pulumi.Protect\(a.cfg.protected\)/pulumi.Protect(false)/'
mutate bootstrap/account/deployrole_service.go 's/"iam:PermissionsBoundary": boundary\}\}/}}/'
mutate bootstrap/account/deployrole_service.go 's/\{e.ManagedPolicy\(iampolicy.MoveTraffic\)\}/{e.ManagedPolicy(iampolicy.MoveTraffic), e.ManagedPolicy("AdministratorAccess")}/'
mutate bootstrap/account/statefiles.go 's/"\/"\+e.folder\(\)\+"\/\*"/"\/*"/'
mutate bootstrap/account/statefiles.go 's/"kms:EncryptionContext:" \+ contextKey: +\{e.name\}//'
mutate bootstrap/account/scope.go 's/, "aws:ResourceTag\/stack": \{e.name\}//'
mutate bootstrap/account/config.go 's/strings.HasPrefix\(base\(other\)\+"-", base\(name\)\+"-"\)/base(other) == base(name)/'
mutate bootstrap/account/readonlyrole.go 's/"tag:GetResources"/"tag:GetResources", "tag:TagResources"/'

if $check; then
  log "all $tried mutations change something"
  exit
fi
((survived + broken == 0)) || fail "of $ran mutations, $survived survived and $broken do not compile"
log "all $ran mutations were caught"
