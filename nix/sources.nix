# The parts of the tree that builds and checks are made from: as little as each needs, so that a change elsewhere rebuilds nothing.
{ lib }:
let
  inherit (lib) fileset;

  of =
    files:
    fileset.toSource {
      root = ../.;
      fileset = fileset.unions files;
    };

  crate = [
    ../Cargo.toml
    ../Cargo.lock
    ../rust-toolchain.toml
    ../src
    ../gateway/Cargo.toml
    ../gateway/src
  ];
in
{
  server = of (
    crate
    ++ [
      ../scripts/dev/build.sh
      ../scripts/lib.sh
    ]
  );

  sbom = of (
    crate
    ++ [
      ../scripts/lib.sh
      ../scripts/ci/sbom.sh
    ]
  );

  rust = of (
    crate
    ++ [
      ../clippy.toml
      ../deny.toml
      ../examples
      ../gateway
      ../infra/components/observability
      ../rustfmt.toml
      ../tests
    ]
  );

  image = of [
    ../Cargo.toml
    ../image/assemble.sh
    ../image/layer.sh
  ];

  # Tests of the Pulumi program hold what it trusts and promises against the workflows, the documents and the names of other tests.
  infra = of [
    ../.github
    ../README.md
    ../bench/RESULTS.md
    ../docs
    ../e2e
    ../infra
    ../tools
  ];

  # What the linters of scripts, workflows and Nix read.
  lint = of [
    ../.ci
    ../.github
    ../api
    ../bench
    ../e2e
    ../flake.nix
    ../gateway/fuzz
    ../image
    ../infra
    ../nix
    ../scripts
    ../tools
  ];
}
