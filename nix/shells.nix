# The development shells: every tool that a target of the Makefile calls, and those that one looks into images and releases with.
{
  actionlint,
  awscli2,
  bubblewrap,
  cargo-cyclonedx,
  cargo-deny,
  chromium,
  containerd,
  cosign,
  crane,
  curl,
  deadnix,
  diffoscopeMinimal,
  docker,
  etcd_3_6,
  file,
  gh,
  gitMinimal,
  gnumake,
  go_1_26,
  gopls,
  grype,
  haproxy,
  iproute2,
  iptables,
  jq,
  mkShell,
  nginx,
  nixfmt,
  nodejs,
  openssl,
  perl,
  pkg-config,
  pkgsStatic,
  prometheus,
  pulumi,
  python3,
  qemu-user,
  runc,
  shellcheck,
  skopeo,
  ssm-session-manager-plugin,
  statix,
  syft,
  tini,
  umoci,
  util-linux,
  watchexec,
  wrk,
  zizmor,
  toolchains,
}:
let
  # Enough for `make build`, `make image` and the linters.
  basic = [
    actionlint
    curl
    file
    gitMinimal
    gnumake
    go_1_26
    jq
    python3
    shellcheck
    zizmor
  ];

  # With both targets installed, scripts/dev/build.sh need not ask rustup.
  TOOLCHAIN = "path";
in
{
  ci = mkShell {
    packages = [ toolchains.develop ] ++ basic;
    inherit TOOLCHAIN;
  };

  default = mkShell {
    packages = basic ++ [
      toolchains.develop
      awscli2
      bubblewrap
      cargo-cyclonedx
      cargo-deny
      chromium
      containerd
      cosign
      crane
      deadnix
      diffoscopeMinimal
      docker
      etcd_3_6
      gh
      gopls
      grype
      haproxy
      iproute2
      iptables
      nginx
      nixfmt
      openssl
      perl
      pkg-config
      nodejs
      # A scenario puts it into an image that has nothing else.
      pkgsStatic.busybox
      # promtool alone; the server is not needed to check rules.
      prometheus.cli
      (pulumi.withPackages (plugins: [ plugins.pulumi-go ]))
      qemu-user
      runc
      skopeo
      ssm-session-manager-plugin
      statix
      syft
      tini
      umoci
      util-linux
      watchexec
      wrk
    ];
    inherit TOOLCHAIN;
  };
}
