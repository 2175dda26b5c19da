#!/usr/bin/env bash
# Lists at once everything that is needed and missing, with how to get it: scripts/dev/preflight.sh [up|test|fargate|eks]
#
# Silent, with exit code 0, when all is there. Debian packages that are missing are installed where that can be done without a question.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

goal=${1:-test}
[[ " up test fargate eks " == *" $goal "* ]] || fail "scripts/dev/preflight.sh: $goal is no goal; up, test, fargate and eks are"
# The platforms are goals beside "up", which has all that fargate needs.
[[ $goal != fargate ]] || exit 0
absent=() packages=()

# missing WHAT HOW
missing() { absent+=("$(printf '%-28s %s' "$1" "$2")"); }

# installable: whether scripts/dev/packages.sh can bring what Debian has.
installable() { can_sudo && has apt-get; }

# at_least WANTED HAVE: compares version numbers.
at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }

# from_debian WHAT PACKAGE ...: what packages of any release of Debian have, and is not here.
from_debian() {
  local what=$1
  shift
  if installable; then packages+=("$@"); else missing "$what" "on Debian and Ubuntu: sudo apt-get install $*"; fi
}

check_go() {
  local version
  version=$(go env GOVERSION 2>/dev/null || true)
  if [[ -n $version ]] && at_least 1.26 "${version#go}"; then return; fi
  missing "Go 1.26 or newer" "from https://go.dev/dl, unpacked to /usr/local/go, with /usr/local/go/bin in PATH${version:+ (here is $version)}"
}

# Rustup brings its own compiler but not the C compiler that build scripts are linked with. Without rustup Debian's compiler
# builds the binary, but the tests want clippy and rustfmt of the pinned version.
check_rust() {
  if has rustup && has cargo; then
    has cc || from_debian "a C compiler named cc" gcc libc6-dev
  elif [[ $goal == test ]] || ! installable; then
    missing "Rust by rustup" "from https://rustup.rs, with ~/.cargo/bin in PATH"
  fi
}

# Debian splits venv off, and an interpreter without it only notices when it makes one.
check_python() {
  if has python3 && ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    missing "Python 3.11 with venv" "from a newer release of the system (here is $(python3 --version))"
  else
    python3 -c 'import venv, ensurepip' 2>/dev/null || from_debian "Python 3.11 with venv" python3-venv
  fi
}

check_docker() {
  if has docker && timeout 20 docker info >/dev/null 2>&1; then return; fi
  if ((EUID == 0)) && { has dockerd || has apt-get; }; then return; fi
  missing "a Docker engine, or root" "start Docker and add yourself to its group, or run this as root, which starts an engine of its own"
}

# As on Ubuntu 24.04, AppArmor may keep them from a plain user. On a machine of CI it is told not to. A container or a chroot may have none at all: what
# needs them is skipped there, and says so.
check_user_namespaces() {
  local setting=kernel.apparmor_restrict_unprivileged_userns
  [[ $goal == test && $(sysctl -n "$setting" 2>/dev/null) == 1 && $(id -u) != 0 ]] || return 0
  has unshare && ! unshare --user --map-user=12345 true 2>/dev/null || return 0
  ! can_sudo || ! sudo -n sysctl --quiet "$setting=0" >/dev/null 2>&1 || return 0
  missing "user namespaces" "sudo sysctl $setting=0"
}

check_base() {
  local pair
  for pair in git:git make:make curl:curl jq:jq tar:tar gzip:gzip file:file readelf:binutils; do
    has "${pair%:*}" || from_debian "${pair%:*}" "${pair#*:}"
  done
  has sha256sum || missing sha256sum "GNU coreutils"
}

# What single stages ask for they install themselves, where that can be done. Elsewhere it is said before anything begins.
check_stages() {
  local pair
  [[ $goal == test ]] && ! installable || return 0
  for pair in shellcheck:shellcheck nginx:nginx-light haproxy:haproxy ip:iproute2 skopeo:skopeo umoci:umoci busybox:busybox-static; do
    has "${pair%:*}" || from_debian "${pair%:*}" "${pair#*:}"
  done
  has qemu-aarch64 || has qemu-aarch64-static || from_debian qemu-aarch64 qemu-user-static
  # The page of what is deployed is looked at in it.
  has chromium || has google-chrome || from_debian "Chromium or Chrome" chromium
}

# What a Kubernetes on this machine is made of, beside its own programs, which are built. Only root can give it namespaces and networks.
check_kubernetes() {
  local pair
  can_sudo || missing "root" "run this as root: it starts a control plane and nodes in namespaces of their own"
  for pair in etcd:etcd-server containerd:containerd runc:runc iptables:iptables tini:tini ip:iproute2 nsenter:util-linux busybox:busybox-static; do
    has "${pair%:*}" || from_debian "${pair%:*}" "${pair#*:}"
  done
  [[ -e /usr/lib/cni/bridge || -e /opt/cni/bin/bridge ]] || from_debian "CNI's bridge" containernetworking-plugins
  # Ubuntu 24.04 has no package of it.
  has aws || if [[ -n $(apt-cache search --names-only '^awscli$' 2>/dev/null) ]]; then from_debian aws awscli; else missing aws "from https://docs.aws.amazon.com/cli"; fi
  check_groups /sys/fs/cgroup
}

# check_groups ROOT: a group of version 2 hands controllers on only while no process is in it. The machine's own root may have both, and has no type. In
# a container the root is a group like others.
check_groups() {
  [[ -e $1/cgroup.type && -n $(<"$1/cgroup.procs") ]] || return 0
  missing "a control group to itself" "this is a container, privileged or not: mkdir $1/init; xargs -rn1 <$1/cgroup.procs >$1/init/cgroup.procs"
}

# kernel MODULE COMMAND: whether root can do it here, in namespaces that end with the command. As a node does, it has the kernel load what that takes.
kernel() {
  local as=() said
  ((EUID == 0)) || as=(sudo -n)
  said=$("${as[@]}" unshare --net --mount bash -c "$2" 2>&1) || missing "the kernel's module $1" "sudo modprobe $1, or a kernel that has it: ${said##*$'\n'}"
}

check_kernel() {
  local rule="-p tcp -m comment --comment c -m addrtype --dst-type LOCAL -m statistic --mode random --probability 0.5 -j DNAT --to-destination 127.0.0.1:80"
  kernel veth "ip link add one type veth peer name two"
  kernel bridge "ip link add one type bridge"
  kernel overlay "mount -t tmpfs none /run && mkdir /run/a /run/b && mount -t overlay -o lowerdir=/var,upperdir=/run/a,workdir=/run/b none /var"
  kernel nf_nat "iptables -t nat -A OUTPUT $rule && iptables -t nat -A POSTROUTING -m mark --mark 1 -j MASQUERADE"
  kernel nf_conntrack "iptables -A INPUT -m conntrack --ctstate INVALID -j REJECT"
}

check_all() {
  check_base
  check_go
  check_rust
  check_python
  check_docker
  check_user_namespaces
  check_stages
}

if [[ $goal == eks ]]; then check_kubernetes; else check_all; fi

if ((${#absent[@]} == 0)); then
  ((${#packages[@]} == 0)) || "$ROOT/scripts/dev/packages.sh" "${packages[@]}"
  [[ $goal != eks ]] || check_kernel
fi
((${#absent[@]} > 0)) || exit 0
printf 'error: missing on this machine:\n' >&2
printf '  %s\n' "${absent[@]}" >&2
exit 1
