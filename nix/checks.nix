# `nix flake check` on a machine with nixpkgs. By hand: nix build .#checks.x86_64-linux.module
{ pkgs }:
let
  ours = import ./packages { inherit pkgs; };
  inherit (pkgs) lib;
  faults = import ./test/all.nix { inherit lib; } ++ import ./test/all-hub.nix { inherit lib; };
in
{
  # The cases of both modules against the real library of nixpkgs.
  module = pkgs.runCommand "nixwave-module-cases" { } (
    if faults == [ ] then
      "touch $out"
    else
      throw "cases of the modules that are not right: ${builtins.concatStringsSep "; " faults}"
  );

  # Each program starts out of its package.
  programs = pkgs.runCommand "nixwave-programs" { } ''
    ${ours.agent}/bin/nixwave-agent --help > /dev/null
    ${ours.agent}/bin/nixwave-activator --help > /dev/null
    ${ours.cli}/bin/nixwave --help > /dev/null
    test -e ${ours.node-red-nodes}/lib/node_modules/@nixwave/node-red/package.json
    touch $out
  '';

  unit = pkgs.callPackage ./packages/unit-tests.nix { modules = ours.allModules; };

  # A home of two virtual machines; needs KVM.
  vm = pkgs.testers.runNixOSTest (import ./vm-test.nix { inherit (ours) cli; });
}
