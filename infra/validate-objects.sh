#!/usr/bin/env bash
# Validates every Kubernetes object that stacks on EKS make, strictly, and plants faults that the validator must find: infra/validate-objects.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../scripts/lib.sh

log "infra: Kubernetes objects"
kubeconform=$(go_tool kubeconform kubeconform)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

validate() {
  "$kubeconform" -strict -schema-location 'components/kubernetes/schemas/{{.ResourceKind}}{{.KindSuffix}}.json' "$@"
}

go run ./cmd/kubernetes-objects "$scratch/objects"
mapfile -t objects < <(find "$scratch/objects" -name '*.json' | sort)
((${#objects[@]} == 47)) || fail "four stacks make ${#objects[@]} objects: each makes 11, and secrets take 3 more"
validate "${objects[@]}" || fail "the API server would refuse what is named above"

# plant KIND EDIT: an object with a fault, which must be refused.
plant() {
  local object="$scratch/objects/whole/$1.json"
  jq "$2" "$object" >"$scratch/fault.json"
  ! cmp -s <(jq . "$object") "$scratch/fault.json" || fail "the fault in $1 changes nothing: $2"
  ! validate "$scratch/fault.json" >"$scratch/output" 2>&1 || fail "the validator finds nothing wrong with $1: $2"
}

plant Deployment '.spec.template.spec.containers[0].readinesProbe = {}'
plant Deployment '.spec.template.spec.enableServiceLinks = "false"'
plant Deployment '.spec.template.spec.securityContext.runAsUser = "65532"'
plant Deployment 'del(.spec.selector)'
plant Deployment 'del(.spec.template.spec.containers[0].name)'
plant Deployment '.spec.replicas = "two"'
plant Deployment '.apiVersion = "apps/v2"'
plant Service '.spec.ports[0].port = "80"'
plant Namespace '.metadata.labels.number = 1'
plant ConfigMap '.data["enable-network-policy-controller"] = true'
plant ServiceAccount '.automountToken = false'
plant HorizontalPodAutoscaler '.spec.metrics[0].resource.target.averageUtilisation = 60'
plant HorizontalPodAutoscaler 'del(.spec.maxReplicas)'
plant PodDisruptionBudget '.spec.maxUnavailable = true'
plant NetworkPolicy '.spec.ingress[0].from[0].cidr = "10.0.0.0/16"'
plant NodePool 'del(.spec.template.spec.nodeClassRef.group)'
plant NodePool '.spec.disruption.consolidationPolicy = "Never"'
plant NodeClass '.spec.subnetSelectorTerms[0].ids = []'
plant NodeClass '.metadata.name = "default"'
plant TargetGroupBinding '.spec.targetType = "pod"'
plant TargetGroupBinding 'del(.metadata.namespace)'
plant SecretProviderClass '.spec.parameters.usePodIdentity = true'
plant SecretProviderClass '.spec.secretObjects[0].name = "mote"'
plant SecretProviderClass '.spec.secretObjects[0].data[0].file = "TOKEN"'
plant SecretProviderClass '.apiVersion = "secrets-store.csi.x-k8s.io/v2"'
plant Deployment '.spec.template.spec.volumes[1].csi.volumeAttribute = {}'
plant Deployment '.spec.template.spec.containers[0].env[-1].valueFrom.secretRef = {}'
plant ClusterRole 'del(.rules[0].verbs)'
plant ClusterRoleBinding 'del(.roleRef.kind)'
