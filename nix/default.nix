# Everything that the flake gives for one system.
{ pkgs, revision }:
let
  inherit (pkgs) lib;

  # Like callPackage, without the attributes for overriding that it adds: among checks and shells they would be taken for such.
  call =
    file: arguments:
    let
      function = import file;
    in
    function (builtins.intersectAttrs (builtins.functionArgs function) pkgs // arguments);

  manifest = (builtins.fromTOML (builtins.readFile ../Cargo.toml)).package;
  inherit (manifest) version;

  sources = call ./sources.nix { };
  toolchains = call ./toolchains.nix { };

  server =
    arch:
    call ./server.nix {
      inherit arch sources version;
      toolchain = toolchains.build;
    };

  image =
    arch:
    call ./image.nix {
      inherit revision sources version;
      server = server arch;
      source = manifest.repository or "";
    };

  packages = {
    default = server pkgs.stdenv.hostPlatform.parsed.cpu.name;
    server = server "x86_64";
    server-aarch64 = server "aarch64";
    image = image "x86_64";
    image-aarch64 = image "aarch64";
    image-index = call ./image-index.nix {
      inherit sources;
      images = [
        packages.image
        packages.image-aarch64
      ];
    };
    sbom = call ./sbom.nix {
      inherit sources version;
      inherit (packages) image;
      toolchain = toolchains.build;
    };
  };
in
{
  inherit packages;

  # Packages are checks too, so that `nix flake check` builds them.
  checks =
    lib.mapAttrs' (name: lib.nameValuePair "package-${name}") packages
    // call ./checks.nix {
      inherit sources version;
      inherit (packages) image;
      toolchain = toolchains.check;
    };

  devShells = call ./shells.nix { inherit toolchains; };

  apps = call ./apps.nix { server = packages.default; };

  formatter = pkgs.nixfmt-tree;
}
