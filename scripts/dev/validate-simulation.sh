#!/usr/bin/env bash
# Holds the simulation of autoscaling against real tasks under load and writes docs/scaling-trial.md, twenty minutes:
# scripts/dev/validate-simulation.sh, or make simulate VALIDATE=1. ROUNDS=1 is for a look that is printed. Needs root, for control groups.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

[[ $(uname -m) == x86_64 ]] || fail "the trial is for x86_64; this machine is $(uname -m)"
((EUID == 0)) || fail "control groups need root; run: sudo --preserve-env=PATH,HOME make simulate VALIDATE=1"
rounds=${ROUNDS:-5}
[[ $rounds =~ ^[1-9][0-9]?$ ]] || fail "ROUNDS is $rounds: it must be from 1 to 99"

scripts/dev/packages.sh haproxy
scripts/dev/build.sh
with_progress "Building the trial" go -C infra build -o ../target/validate-simulation ./cmd/validate-simulation

write=(-write docs/scaling-trial.md)
((rounds >= 5)) || write=()
# A spike that tasks do not keep up with has a connection a request on either side of the balancer.
ulimit -n 50000 2>/dev/null || ulimit -n "$(ulimit -Hn)"
# What else the machine does is to delay neither the load nor the balancer.
first=(chrt --rr 1)
"${first[@]}" true 2>/dev/null || first=(nice -n -15)
exec "${first[@]}" target/validate-simulation -mote target/dist/mote-x86_64 -rounds "$rounds" "${write[@]}"
