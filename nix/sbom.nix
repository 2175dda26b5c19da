# What the binary and the image are made from, as CycloneDX JSON.
{
  cargo-cyclonedx,
  jq,
  rustPlatform,
  stdenv,
  image,
  sources,
  toolchain,
  version,
}:
stdenv.mkDerivation {
  pname = "mote-sbom";
  inherit version;
  src = sources.sbom;
  strictDeps = true;

  cargoDeps = rustPlatform.importCargoLock { lockFile = ../Cargo.lock; };
  nativeBuildInputs = [
    cargo-cyclonedx
    jq
    toolchain
    rustPlatform.cargoSetupHook
  ];

  buildPhase = ''
    runHook preBuild
    # The list names a time; without git's it is the one that nixpkgs uses for everything.
    export CARGO_HOME=$NIX_BUILD_TOP/cargo-home SOURCE_DATE_EPOCH=315532800
    bash scripts/ci/sbom.sh sbom.json ${image}
    runHook postBuild
  '';

  installPhase = ''
    runHook preInstall
    install -m444 sbom.json $out
    runHook postInstall
  '';

  allowedReferences = [ ];
}
