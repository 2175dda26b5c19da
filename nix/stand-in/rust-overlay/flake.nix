{
  description = "Stands in for rust-overlay: the toolchain that the stand-in for nixpkgs was told of";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs";

  outputs = _: {
    overlays.default =
      _final: prev:
      let
        profile.override = _: prev.hostToolchain;
      in
      {
        rust-bin.stable.${prev.hostToolchain.channel} = {
          minimal = profile;
          default = profile;
        };
      };
  };
}
