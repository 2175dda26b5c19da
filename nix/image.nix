# The OCI layout with one binary, by the script that `make image` calls.
{
  jq,
  runCommand,
  revision,
  server,
  source,
  sources,
  version,
}:
runCommand "${server.name}-image"
  {
    nativeBuildInputs = [ jq ];

    # All three are set, since neither git nor Cargo.toml is here to be asked.
    IMAGE_SOURCE = source;
    IMAGE_REVISION = revision;
    IMAGE_VERSION = version;

    allowedReferences = [ ];
    passthru = { inherit server; };
  }
  ''
    bash ${sources.image}/image/assemble.sh ${server}/bin/mote "$TMPDIR/image"
    cp -r "$TMPDIR/image" $out
  ''
