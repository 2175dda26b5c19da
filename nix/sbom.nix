# What the binary and the image are made from, as CycloneDX JSON.
{
  cargo,
  cargo-cyclonedx,
  jq,
  image,
  sources,
  toolchain,
}:
cargo {
  name = "sbom";
  src = sources.sbom;
  inherit toolchain;
  tools = [
    cargo-cyclonedx
    jq
  ];

  # The list names a time; without git's it is the one that nixpkgs uses for everything.
  build = "SOURCE_DATE_EPOCH=315532800 bash scripts/ci/sbom.sh sbom.json ${image}";
  install = "install -m444 sbom.json $out";

  allowedReferences = [ ];
}
