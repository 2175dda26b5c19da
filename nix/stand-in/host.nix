# What nix/test.sh writes anew for its own machine. These values are enough to evaluate everything and to build nothing.
{
  path = "/usr/bin:/bin";
  channel = "1.95.0";
  toolchain = "/nonexistent";
  crates = "/nonexistent";
  go-cache = "/nonexistent";
  go-modules = "/nonexistent";
}
