# How the scripts in this folder write an OCI layout: sourced, never run. A failure names the script that sourced this.
# shellcheck shell=bash
export LC_ALL=C

fail() {
  printf 'error: image/%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# json FILTER [ARG ...]: one canonical line without a newline.
json() { jq -ncjS "$@"; }

# begin_layout OUTDIR: makes $work, which goes at the end, and in it $layout, which is moved to OUTDIR when it is whole. They lie
# beside the result, so that the move is one step.
begin_layout() {
  command -v jq >/dev/null || fail "jq is needed; on Debian: apt-get install jq"
  mkdir -p "$(dirname "$1")"
  work=$(mktemp -d "$(dirname "$1")/.image.XXXXXX")
  # shellcheck disable=SC2064  # The folder is the one that is known now.
  trap "rm -rf '$work'" EXIT
  layout=$work/layout
  mkdir -p "$layout/blobs/sha256"
}

# blob FILE: moves the file to where its digest says, and prints the digest.
blob() {
  local digest
  digest=$(sha256sum "$1" | cut -d' ' -f1)
  mv "$1" "$layout/blobs/sha256/$digest"
  printf 'sha256:%s' "$digest"
}

# size DIGEST: of a blob in the new layout, in bytes.
size() { stat -c %s "$layout/blobs/sha256/${1#sha256:}"; }

# finish_layout OUTDIR: the old layout goes only when the new one is whole, and nothing goes that is no layout.
finish_layout() {
  printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
  [[ ! -e $1 || -f $1/oci-layout ]] || fail "$1 exists and is no OCI layout; name another place or remove it"
  rm -rf "$1"
  mv -T "$layout" "$1"
}
