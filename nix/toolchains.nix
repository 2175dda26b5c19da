# Rust as its project publishes it, in the version that rustup takes too. Nothing of it is compiled here.
{ lib, rust-bin }:
let
  inherit ((builtins.fromTOML (builtins.readFile ../rust-toolchain.toml)).toolchain) channel;
  release = rust-bin.stable.${channel};

  targets = [
    "x86_64-unknown-linux-musl"
    "aarch64-unknown-linux-musl"
  ];
in
# One compiler for Nix and rustup keeps the difference between their binaries as small as it can be.
assert lib.assertMsg (
  builtins.match "[0-9]+\\.[0-9]+\\.[0-9]+" channel != null
) "rust-toolchain.toml must name a version, such as 1.95.0, and not \"${channel}\"";
{
  # Without the source of the standard library: with it, messages in the binary would hold the path of the toolchain.
  build = release.minimal.override { inherit targets; };

  check = release.minimal.override {
    extensions = [
      "clippy"
      "rustfmt"
    ];
  };

  develop = release.default.override {
    inherit targets;
    extensions = [
      "rust-analyzer"
      "rust-src"
    ];
  };
}
