# The static binary for one architecture, by the script that builds it everywhere else.
{
  arch,
  cargo,
  sources,
  toolchain,
}:
cargo {
  name = arch;
  src = sources.server;
  inherit toolchain;

  # The compiler and its target are in PATH already, so there is nothing to choose or to fetch.
  env.TOOLCHAIN = "path";

  build = "MOTE_CRATES=$NIX_BUILD_TOP/cargo-vendor-dir bash scripts/dev/build.sh ${arch}";
  install = "install -Dm555 target/dist/mote-${arch} $out/bin/mote";

  # The linker has stripped it already; binutils here know only this machine's architecture.
  dontStrip = true;
  dontPatchELF = true;

  # A static binary needs nothing, so the build fails if any path of the store is left in it.
  allowedReferences = [ ];

  meta = {
    description = "A minimal, production-ready web service for AWS Fargate";
    mainProgram = "mote";
  };
}
