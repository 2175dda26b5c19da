#!/usr/bin/env bash
# Builds Pulumi for a machine that cannot reach Pulumi's download host, into a folder for the front of PATH:
#   tools/pulumi-offline/build.sh cli FOLDER                  the CLI and its language host for Go, about four minutes
#   tools/pulumi-offline/build.sh aws-plugin FOLDER VERSION   pulumi-resource-aws and the bridge behind it, about two minutes
# The versions are those of the modules cli/ and bridge/; VERSION is that of the AWS package which the program is written with.
set -euo pipefail
cd "$(dirname "$0")"
export GOWORK=off

# build MODULE PROGRAM PACKAGE [LINKER FLAG ...]: compiles one package of a module. Without options of the compiler: what the rehearsal itself
# is made of, most of Pulumi's SDK, is then compiled once for all. The tag leaves out a way to Google's storage, with the protocol of a service mesh.
build() { go -C "$1" build -tags disable_grpc_modules -ldflags "-s -w ${*:4}" -o "$folder/$2" "$3"; }

folder=${2:?usage: build.sh cli|aws-plugin FOLDER [VERSION]}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
case $1 in
  cli)
    version=$(go -C cli list -m -f '{{.Version}}' github.com/pulumi/pulumi/pkg/v3)
    # Without the version the CLI prints none, and the Automation API refuses it.
    build cli pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi -X "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$version"
    build . pulumi-language-go ./cmd/pulumi-language-go
    ;;
  aws-plugin)
    build . pulumi-resource-aws ./cmd/pulumi-resource-aws -X "main.version=${3:?which version?}"
    # Without a provider the bridge would be of no use.
    "$folder/pulumi-resource-aws" provider >&2
    build bridge terraform-bridge github.com/pulumi/pulumi-terraform-bridge/v3/dynamic
    ;;
  *)
    printf 'error: build.sh builds cli or aws-plugin, not %s\n' "$1" >&2
    exit 64
    ;;
esac
