{
  description = "Stands in for nixpkgs: the attributes in attributes.tsv, made of this machine's own tools";

  outputs = _: { lib = import ./lib.nix; };
}
