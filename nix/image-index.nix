# One OCI layout with the images of both architectures, under one digest.
{
  jq,
  runCommand,
  images,
  sources,
}:
runCommand "mote-image-index"
  {
    nativeBuildInputs = [ jq ];
    allowedReferences = [ ];
  }
  ''
    bash ${sources.image}/image/index.sh "$TMPDIR/index" ${toString images}
    cp -r "$TMPDIR/index" $out
  ''
