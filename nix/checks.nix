# What `nix flake check` proves beside the packages: all that can be checked without a network, a cloud or a container engine.
{
  actionlint,
  buildGo126Module,
  cargo-deny,
  deadnix,
  jq,
  nixfmt,
  runCommand,
  shellcheck,
  statix,
  zizmor,
  cargo,
  image,
  sources,
  toolchain,
  version,
}:
let
  # rust NAME TOOLS COMMAND: a command of Cargo over the whole workspace.
  rust =
    name: tools: build:
    cargo {
      inherit
        build
        name
        toolchain
        tools
        ;
      src = sources.rust;
    };

  # lint NAME TOOL COMMAND: a command in the tree that fails when it finds something.
  lint =
    name: tool: command:
    runCommand "mote-${name}"
      {
        nativeBuildInputs = [ tool ];
        passthru.linted = sources.lint;
      }
      ''
        cd ${sources.lint}
        ${command}
        touch $out
      '';

  # ofImage NAME COMMAND: a command that looks at the image.
  ofImage =
    name: command:
    runCommand "mote-${name}" { nativeBuildInputs = [ jq ]; } ''
      image=${image}
      ${command}
      touch $out
    '';
in
{
  clippy = rust "clippy" [ ] "cargo clippy --frozen --workspace --all-targets -- --deny warnings";
  deny = rust "deny" [ cargo-deny ] "cargo deny --frozen check bans licenses sources";
  fmt = rust "fmt" [ ] "cargo fmt --all --check";
  # Where tests ask programs in Go, there is no Go, and no modules of it; nor are there the proxies.
  tests = rust "tests" [ ] ''
    cargo test --frozen --workspace -- --skip the_page_is_what_a_real_parser --skip beside_go_and_hyper --skip through_a_proxy
  '';

  # The policies of the Pulumi program against mocks, and that it compiles.
  infra = buildGo126Module {
    pname = "mote-infra";
    inherit version;
    src = sources.infra;
    modRoot = "infra";
    # The rehearsal's engines and emulators have no place in a sandbox.
    excludedPackages = [ "cmd/localaws" ];
    # Written by nix/vendor-hash.sh.
    vendorHash = "sha256-CtFfrH8qZU9T9lYOXmZjJofjWjIieBiKU2ULEL2fxSs=";
    # Go and Pulumi keep files there. Without a sandbox the home that Nix names would stay on the machine, and Nix then refuses to build anything else.
    preBuild = "export HOME=$NIX_BUILD_TOP";
  };

  actionlint =
    lint "actionlint" actionlint
      "actionlint -config-file .github/actionlint.yaml .github/workflows/*";
  deadnix = lint "deadnix" deadnix "deadnix --fail .";
  nixfmt = lint "nixfmt" nixfmt "find . -name '*.nix' | sort | xargs nixfmt --check";
  shellcheck = lint "shellcheck" shellcheck ''
    find . -name '*.sh' -o -path './.ci/run' | sort | xargs shellcheck --external-sources
  '';
  statix = lint "statix" statix "statix check .";
  zizmor = lint "zizmor" zizmor "zizmor --quiet --offline --pedantic --strict-collection .github";

  image-has-one-file = ofImage "image-has-one-file" ''
    manifest=$image/blobs/$(jq -r '.manifests[0].digest' $image/index.json | tr : /)
    test "$(jq '.layers | length' $manifest)" = 1
    layer=$image/blobs/$(jq -r '.layers[0].digest' $manifest | tr : /)
    test "$(tar -tzf $layer)" = mote
    if gzip -dc $layer | grep --text --quiet /nix/store; then
      echo "a path of the store is in the image" >&2
      exit 1
    fi
  '';

  image-is-the-same-twice = ofImage "image-is-the-same-twice" ''
    bash ${sources.image}/image/assemble.sh "$TMPDIR/again" ${builtins.head image.servers}/bin/mote
    diff -r $image "$TMPDIR/again"
  '';
}
