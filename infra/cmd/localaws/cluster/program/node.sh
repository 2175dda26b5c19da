#!/usr/bin/env bash
# A node, as the first process of namespaces of its own: containerd, kube-proxy and the kubelet. What ends one of them ends all.
# The environment says where: FOLDER, KUBERNETES (its programs), NODE and ZONE (names), ADDRESS and PREFIX, PODS (all), ROUTES.
set -euo pipefail
: "${FOLDER:?is not set: the rehearsal runs this in namespaces of its own; elsewhere it would mount over what the machine has}"
mount -t proc none /proc
mount -t tmpfs -o mode=755 tmpfs /run
# Kubernetes and CNI write to fixed places below /var. What they write there ends with the node.
mkdir /run/var /run/work
mount -t overlay -o lowerdir=/var,upperdir=/run/var,workdir=/run/work overlay /var
mount --make-rshared /
cd "$FOLDER"

until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
ip address add "$ADDRESS/$PREFIX" dev eth0
for link in lo eth0; do ip link set "$link" up; done
# The pods of the other nodes, as RANGE ADDRESS. What is somewhere else cannot be reached.
while read -r range by; do ip route add "$range" via "$by"; done <<<"$ROUTES"
echo 1 >/proc/sys/net/ipv4/ip_forward

# The kubelet wants these and would set them for the whole machine. It is shown them instead, and the machine keeps its own.
while read -r name value; do
  mkdir -p "/run/sys/${name%/*}"
  echo "$value" >"/run/sys/$name"
  mount --bind "/run/sys/$name" "/proc/sys/$name"
done <<'END'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END

containerd --config containerd.toml >containerd.log 2>&1 &
until ctr --address /run/containerd/containerd.sock version >/dev/null 2>&1; do sleep 0.1; done
ctr --address /run/containerd/containerd.sock --namespace k8s.io images import pause.tar >/dev/null

"$KUBERNETES/kube-proxy" --kubeconfig proxy.json --hostname-override "$NODE" --proxy-mode iptables --cluster-cidr "$PODS" \
  --conntrack-max-per-core 0 --conntrack-tcp-timeout-established 0 --conntrack-tcp-timeout-close-wait 0 >proxy.log 2>&1 &
"$KUBERNETES/kubelet" --config kubelet.json --kubeconfig kubelet-client.json --hostname-override "$NODE" --node-ip "$ADDRESS" --root-dir "$FOLDER/kubelet" \
  --node-labels "topology.kubernetes.io/zone=$ZONE,topology.kubernetes.io/region=${ZONE%?}" >kubelet.log 2>&1 &
wait -n
