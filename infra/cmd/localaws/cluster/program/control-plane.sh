#!/usr/bin/env bash
# The control plane, as the first process of namespaces of its own: etcd, the API server, controllers and scheduler. What ends one of them ends all.
# The environment says where: FOLDER, KUBERNETES (its programs), CONTROL, HOST and PREFIX (addresses), SERVICES and PODS (ranges), WEBHOOK (who knows tokens).
set -euo pipefail
: "${FOLDER:?is not set: the rehearsal runs this in namespaces of its own; elsewhere it would mount over what the machine has}"
mount -t proc none /proc
mount -t tmpfs -o mode=755 tmpfs /run
cd "$FOLDER"

# The cable to this machine is plugged in from outside, and those of the nodes follow. By the cable's address it is said who knows tokens.
until ip link show eth0 >/dev/null 2>&1 && [[ -e $WEBHOOK ]]; do sleep 0.05; done
ip link add br0 type bridge
ip link set eth0 master br0
ip address add "$CONTROL/$PREFIX" dev br0
for link in lo eth0 br0; do ip link set "$link" up; done

# Its data are in memory, and end with it.
etcd --name eks --data-dir /run/etcd --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster eks=http://127.0.0.1:2380 >etcd.log 2>&1 &

"$KUBERNETES/kube-apiserver" --etcd-servers http://127.0.0.1:2379 --advertise-address "$CONTROL" --bind-address "$CONTROL" --secure-port 443 \
  --service-cluster-ip-range "$SERVICES" --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
  --client-ca-file ca.crt --tls-cert-file api.crt --tls-private-key-file api.key \
  --kubelet-client-certificate admin.crt --kubelet-client-key admin.key --kubelet-preferred-address-types InternalIP \
  --service-account-issuer https://kubernetes.default.svc --service-account-key-file accounts.key --service-account-signing-key-file accounts.key \
  --authentication-token-webhook-config-file "$WEBHOOK" --authentication-token-webhook-version v1 >api.log 2>&1 &

until curl --silent --fail --cacert ca.crt --cert admin.crt --key admin.key "https://$CONTROL/readyz" >/dev/null; do sleep 0.2; done

"$KUBERNETES/kube-controller-manager" --kubeconfig controllers.json --use-service-account-credentials --leader-elect=false --bind-address 127.0.0.1 \
  --root-ca-file ca.crt --service-account-private-key-file accounts.key --cluster-cidr "$PODS" >controllers.log 2>&1 &
"$KUBERNETES/kube-scheduler" --kubeconfig scheduler.json --authentication-kubeconfig scheduler.json --authorization-kubeconfig scheduler.json \
  --leader-elect=false --bind-address 127.0.0.1 >scheduler.log 2>&1 &
wait -n
