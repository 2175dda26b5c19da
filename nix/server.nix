# The static binary for one architecture, by the script that builds it everywhere else.
{
  rustPlatform,
  stdenv,
  arch,
  sources,
  toolchain,
  version,
}:
stdenv.mkDerivation {
  pname = "mote-${arch}";
  inherit version;
  src = sources.server;
  strictDeps = true;

  cargoDeps = rustPlatform.importCargoLock { lockFile = ../Cargo.lock; };
  nativeBuildInputs = [
    toolchain
    rustPlatform.cargoSetupHook
  ];

  # The compiler and its target are in PATH already, so there is nothing to choose or to fetch.
  env.TOOLCHAIN = "path";

  buildPhase = ''
    runHook preBuild
    export CARGO_HOME=$NIX_BUILD_TOP/cargo-home MOTE_CRATES=$NIX_BUILD_TOP/cargo-vendor-dir
    bash scripts/dev/build.sh ${arch}
    runHook postBuild
  '';

  installPhase = ''
    runHook preInstall
    install -Dm555 target/dist/mote-${arch} $out/bin/mote
    runHook postInstall
  '';

  # The linker has stripped it already; binutils here know only this machine's architecture.
  dontStrip = true;
  dontPatchELF = true;

  # A static binary needs nothing, so the build fails if any path of the store is left in it.
  allowedReferences = [ ];

  meta = {
    description = "The smallest web service that is fit for production on AWS Fargate";
    mainProgram = "mote";
  };
}
