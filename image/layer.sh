# The one layer of the image: sourced by image/assemble.sh, never run. docs/decisions/0010-the-image-is-reproducible.md says why each option
# is there.
# shellcheck shell=bash

# Every GNU gzip since 1.10 compresses to the same bytes. Another program by that name would give an image that works and has a
# digest of its own, which would go unnoticed before comparing.
check_gzip() {
  [[ $(seq 20000 | gzip -n -9 | sha256sum) == fc92c515a0f1b435* ]] ||
    fail "gzip here does not compress as GNU gzip does, so the digest would differ from all others'; put GNU gzip first in PATH"
}

# make_layer BINARY FOLDER: leaves layer.tar and layer.tar.gz in the folder, with one regular file that anybody may read and run and no user
# may write. GNU's own format is the one that is the same in tar 1.34 and 1.35.
make_layer() {
  local work=$2
  install -m 555 "$1" "$work/mote"
  tar --format=gnu --mtime=@1 --owner=0 --group=0 --numeric-owner --mode=0555 -C "$work" -cf "$work/layer.tar" mote
  gzip -n -9 <"$work/layer.tar" >"$work/layer.tar.gz"
}
