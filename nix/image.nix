# The OCI layout with one image, or with an index of the images of several servers, by the script that `make image` calls.
{
  jq,
  runCommand,
  name,
  servers,
  sources,
}:
runCommand "mote-${name}"
  {
    nativeBuildInputs = [ jq ];
    allowedReferences = [ ];
    passthru = { inherit servers; };
  }
  ''
    bash ${sources.image}/image/assemble.sh "$TMPDIR/image" ${
      toString (map (server: "${server}/bin/mote") servers)
    }
    cp -r "$TMPDIR/image" $out
  ''
