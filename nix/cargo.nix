# cargo { name, src, toolchain, build, ... }: a derivation in which Cargo has its dependencies at hand and no network.
{
  rustPlatform,
  stdenv,
  version,
}:
{
  name,
  toolchain,
  build,
  install ? "touch $out",
  tools ? [ ],
  ...
}@arguments:
stdenv.mkDerivation (
  removeAttrs arguments [
    "name"
    "toolchain"
    "build"
    "install"
    "tools"
  ]
  // {
    pname = "mote-${name}";
    inherit version;
    strictDeps = true;

    cargoDeps = rustPlatform.importCargoLock { lockFile = ../Cargo.lock; };
    nativeBuildInputs = [
      toolchain
      rustPlatform.cargoSetupHook
    ]
    ++ tools;

    buildPhase = ''
      runHook preBuild
      export CARGO_HOME=$NIX_BUILD_TOP/cargo-home
      ${build}
      runHook postBuild
    '';

    installPhase = ''
      runHook preInstall
      ${install}
      runHook postInstall
    '';
  }
)
