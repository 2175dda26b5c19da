{
  description = "A minimal, production-ready web service for AWS Fargate, with its whole delivery pipeline";

  inputs = {
    # The supported release whose compiler is the one that rust-toolchain.toml names.
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

    # The standard library for musl as Rust's project builds it. nixpkgs would compile it, and a cross compiler with it.
    rust-overlay = {
      url = "github:oxalica/rust-overlay";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    {
      nixpkgs,
      rust-overlay,
      ...
    }:
    let
      inherit (nixpkgs) lib;

      # Where things are built. What is built is for both architectures on either.
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];

      bySystem = lib.genAttrs systems (
        system:
        import ./nix {
          pkgs = import nixpkgs {
            inherit system;
            overlays = [ rust-overlay.overlays.default ];
          };
        }
      );

      output = name: lib.genAttrs systems (system: bySystem.${system}.${name});
    in
    {
      packages = output "packages";
      checks = output "checks";
      devShells = output "devShells";
      apps = output "apps";
      formatter = output "formatter";
    };
}
