# Everything that the flake gives for one system.
{ pkgs }:
let
  inherit (pkgs) lib;

  # Like callPackage, without the attributes for overriding that it adds: among checks and shells they would be taken for such.
  call =
    file: arguments:
    let
      function = import file;
    in
    function (builtins.intersectAttrs (builtins.functionArgs function) pkgs // arguments);

  inherit ((builtins.fromTOML (builtins.readFile ../Cargo.toml)).package) version;

  sources = call ./sources.nix { };
  toolchains = call ./toolchains.nix { };
  cargo = call ./cargo.nix { inherit version; };

  server =
    arch:
    call ./server.nix {
      inherit arch cargo sources;
      toolchain = toolchains.build;
    };

  image = name: servers: call ./image.nix { inherit name servers sources; };

  packages = {
    default = server pkgs.stdenv.hostPlatform.parsed.cpu.name;
    server = server "x86_64";
    server-aarch64 = server "aarch64";
    image = image "image" [ packages.server ];
    image-aarch64 = image "image-aarch64" [ packages.server-aarch64 ];
    image-index = image "image-index" [
      packages.server
      packages.server-aarch64
    ];
    sbom = call ./sbom.nix {
      inherit cargo sources;
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
      inherit cargo sources version;
      inherit (packages) image;
      toolchain = toolchains.check;
    };

  devShells = call ./shells.nix { inherit toolchains; };

  apps = call ./apps.nix { server = packages.default; };

  formatter = pkgs.nixfmt-tree;
}
