package scripts

import (
	"testing"
)

// kubectl has two pods: one that was started again, and one whose container has not run.
const kubectl = `#!/usr/bin/env bash
case "$*" in
  "--kubeconfig admin.json --namespace mote-dev logs mote-b --timestamps") echo "Error from server: waiting to start" >&2 && exit 1 ;;
  *" logs mote-a --timestamps --previous") echo "2026-11-27T10:00:01.5Z out of memory" ;;
  *" logs mote-a --timestamps") printf '%s\n' "2026-11-27T10:00:02Z listening on  8080" "2026-11-27T10:00:04Z GET /" ;;
  *" logs mote-c --timestamps") echo "2026-11-27T10:00:03Z another" ;;
  *) echo "not asked for: $*" >&2 && exit 1 ;;
esac
`

// runs is what a rehearsal on Kubernetes says of itself.
const runs = `{"running": true, "emulator": "http://localhost:1", "kubectl": ["./kubectl", "--kubeconfig", "admin.json"], "workloads": [{"pods": [
	{"namespace": "mote-dev", "name": "mote-a", "restarts": 1}, {"namespace": "mote-dev", "name": "mote-b", "restarts": 0},
	{"namespace": "mote-dev", "name": "mote-c", "restarts": 0}]}]}`

func TestLogs_OfPodsAreInTheOrderOfTheirTimes(t *testing.T) {
	h := newCheckout(t)
	h.write("kubectl", kubectl, 0o755)
	h.write("scripts/dev/rehearse.sh", "#!/bin/sh\necho '"+runs+"'\n", 0o755)
	printed, err := h.run("scripts/dev/logs.sh")
	want := "Error from server: waiting to start\nout of memory\nlistening on  8080\nanother\nGET /\n"
	if err != nil || printed != want {
		t.Errorf("got %v with %q", err, printed)
	}
}

func TestLogs_WithoutARehearsalAreOneError(t *testing.T) {
	h := newCheckout(t)
	h.write("scripts/dev/rehearse.sh", "#!/bin/sh\necho '{\"running\": false}'\n", 0o755)
	printed, err := h.run("scripts/dev/logs.sh")
	if err == nil || printed != "error: no rehearsal is running: make up\n" {
		t.Errorf("got %v with %q", err, printed)
	}
}

func TestObserve_OnKubernetesIsRefusedBeforeAnythingIsBuilt(t *testing.T) {
	h := newCheckout(t)
	h.write(".cache/mote/rehearsal/main/kept", "\n-set\nplatform=eks\n", 0o644)
	printed, err := h.run("scripts/dev/observe.sh", "up")
	want := "error: observe is for tasks on Fargate: on EKS a Prometheus of the cluster finds the pods by their annotations, and the stack brings none (docs/platforms.md)\n"
	if err == nil || printed != want {
		t.Errorf("got %v with %q", err, printed)
	}
}
