# `nix run` serves; `nix run .#rehearse` is `make up`.
{
  curl,
  gitMinimal,
  gnumake,
  jq,
  lib,
  writeShellApplication,
  server,
}:
let
  rehearse = writeShellApplication {
    name = "mote-rehearse";
    runtimeInputs = [
      curl
      gitMinimal
      gnumake
      jq
    ];
    text = ''
      if [[ ! -x scripts/dev/rehearse.sh ]]; then
        echo "error: a rehearsal builds and keeps its state beside the tree; run this in a clone of mote" >&2
        exit 1
      fi
      exec make up
    '';
  };

  app = description: package: {
    type = "app";
    program = lib.getExe package;
    meta = { inherit description; };
  };
in
{
  default = app "Serve / and /health, by default on port 8080" server;
  rehearse = app "Deploy mote to a local AWS and ask its URL" rehearse;
}
