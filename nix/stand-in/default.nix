# A package set of exactly the attributes in attributes.tsv. Tools are those of this machine, so the flake's own builds really run;
# packages that only a shell needs can be evaluated and hold nothing.
{
  system,
  overlays ? [ ],
}:
let
  lib = import ./lib.nix;

  # Written by nix/test.sh: the places on this machine.
  host = import ./host.nix;

  build =
    arguments: script:
    derivation (
      removeAttrs arguments [
        "meta"
        "passthru"
      ]
      // {
        inherit system;
        builder = "/bin/bash";
        args = [
          "-euo"
          "pipefail"
          "-c"
          # nixpkgs builds bash without readline, so it lacks these builtins; a script must not need them.
          (
            "echo 'enable -n bind compgen complete compopt' >no-readline; export BASH_ENV=$PWD/no-readline; . $BASH_ENV\n"
            +
              # The shell must end last: it would put the last program in its own place, coreutils close their output before they end,
              # and Nix kills a builder that has closed its output.
              script
            + "\nexit"
          )
        ];
        PATH = builtins.concatStringsSep ":" (
          map (tool: "${tool}/bin") (arguments.nativeBuildInputs or [ ]) ++ [ host.path ]
        );
      }
    )
    // arguments.passthru or { }
    // {
      inherit ({ meta = { }; } // arguments) meta;
    };

  tool =
    name:
    build {
      inherit name;
      meta.mainProgram = name;
    } "mkdir -p $out/bin";

  hostToolchain =
    build { name = "rust-${host.channel}"; } ''
      mkdir -p $out
      ln -s ${host.toolchain}/bin $out/bin
    ''
    // {
      inherit (host) channel;
    };

  # The phases that the flake writes itself, after what unpacking and cargoSetupHook do.
  mkDerivation =
    { pname, version, ... }@arguments:
    build
      (
        removeAttrs arguments [ "env" ]
        // arguments.env or { }
        // {
          name = "${pname}-${version}";
        }
      )
      ''
        runHook() { :; }
        cp -r --no-preserve=mode $src source
        cp -rL --no-preserve=mode $cargoDeps cargo-vendor-dir
        cp -r --no-preserve=mode cargo-vendor-dir/.cargo .cargo
        cd source
        eval "$buildPhase"
        eval "$installPhase"
      '';

  special = {
    inherit lib;

    stdenv = {
      inherit mkDerivation;
      hostPlatform.parsed.cpu.name = builtins.head (builtins.match "([^-]*)-linux" system);
    };

    runCommand = name: arguments: build (arguments // { inherit name; });

    mkShell =
      { packages, ... }@arguments:
      build (arguments // { name = "shell"; }) "echo ${toString packages} >$out";

    writeShellApplication =
      { name, ... }@arguments:
      build
        (
          arguments
          // {
            meta.mainProgram = name;
          }
        )
        ''
          printf '#!/bin/bash\nset -euo pipefail\n%s' "$text" >program
          shellcheck program
          install -D program $out/bin/${name}
        '';

    rustPlatform = {
      cargoSetupHook = tool "cargo-setup-hook";
      importCargoLock =
        { lockFile }:
        build {
          name = "cargo-vendor-dir";
          inherit lockFile;
        } "cmp $lockFile ${host.crates}/Cargo.lock; cp -r ${host.crates} $out";
    };

    # The real one fetches modules by the hash, which nix/test.sh compares by itself. This one has the machine's modules and, since the
    # AWS SDK takes minutes to compile, the machine's cache of compiled packages.
    buildGo126Module =
      { pname, version, ... }@arguments:
      assert builtins.match "sha256-[A-Za-z0-9+/]{43}=" arguments.vendorHash != null;
      build
        (
          arguments
          // {
            name = "${pname}-${version}";
            HOME = "/homeless-shelter";
            GOCACHE = host.go-cache;
            GOMODCACHE = host.go-modules;
            GOPROXY = "off";
            GOTOOLCHAIN = "local";
          }
        )
        ''
          cp -r --no-preserve=mode $src source
          cd source/$modRoot
          eval "$preBuild"
          go test -vet=off $(go list ./... | grep -v "/$excludedPackages")
          touch $out
        '';

    pkgsStatic.busybox = tool "busybox";

    prometheus = tool "prometheus" // {
      cli = tool "promtool";
    };

    pulumi = tool "pulumi" // {
      withPackages =
        choose:
        build {
          name = "pulumi-with-packages";
          chosen = choose { pulumi-go = tool "pulumi-language-go"; };
        } "mkdir $out";
    };
  };

  # Of a line such as "prometheus.cli <tab> file <tab> commit" the part before the first dot.
  attribute = line: builtins.head (builtins.match "([^.\t]+).*" line);

  lines = builtins.filter (line: builtins.isString line && builtins.match "[a-zA-Z].*" line != null) (
    builtins.split "\n" (builtins.readFile ./attributes.tsv)
  );

  set = lib.genAttrs (map attribute lines) (name: special.${name} or (tool name));
in
builtins.foldl' (
  pkgs: overlay: pkgs // overlay pkgs (pkgs // { inherit hostToolchain; })
) set overlays
