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
      ../gateway
      ../rustfmt.toml
      ../tests
    ]
  );

  image = of [
    ../image/assemble.sh
    ../image/index.sh
    ../image/layout.sh
  ];

  # Without the rehearsal, whose engines and emulators a sandbox has no place for, and whose tools are modules of their own.
  infra = of [ (fileset.difference ../infra ../infra/cmd/localaws) ];

  # What the linters of scripts, workflows and Nix read.
  lint = of [
    ../.ci
    ../.github
    ../api
    ../bench
    ../flake.nix
    ../gateway/fuzz
    ../image
    ../infra
    ../nix
    ../scripts
  ];
}
