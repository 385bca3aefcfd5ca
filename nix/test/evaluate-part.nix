# A machine's configuration with one of our modules, evaluated: what is `said` of it, and what it has `made` of
# systemd and the users.
{
  lib,
  # "agent" or "hub"
  part,
  pkgs,
  modules,
}:
let
  inherit
    (lib.evalModules {
      modules = [
        ./nixos-options.nix
        (../modules + "/${part}.nix")
      ]
      ++ modules;
      specialArgs = { inherit pkgs; };
    })
    config
    options
    ;
  unit = import ./unit-text.nix { inherit lib; };
  named = suffix: write: units: lib.mapAttrsToList (name: one: { name = "${name}.${suffix}"; value = write one; }) units;
  # Those for people, with a dot between the levels.
  namesBelow =
    prefix: set:
    builtins.concatLists (
      lib.mapAttrsToList (
        name: inner:
        if (inner._type or null) == "option" then
          lib.optional (!(inner.internal or false)) "${prefix}${name}"
        else
          namesBelow "${prefix}${name}." inner
      ) set
    );
in
{
  inherit config;
  said = {
    failed = map ({ message, ... }: message) (builtins.filter ({ assertion, ... }: !assertion) config.assertions);
    inherit (config) warnings;
    optionNames = namesBelow "" options.services.nixwave.${part};
  };
  made = {
    tmpfiles = config.systemd.tmpfiles.rules;
    inherit (config.users) users groups;
    wantedBy = builtins.mapAttrs (_: unit: unit.wantedBy) config.systemd.services;
    units = builtins.listToAttrs (
      named "service" unit.service config.systemd.services
      ++ named "path" unit.path config.systemd.paths
      ++ named "timer" unit.timer config.systemd.timers
    );
  };
}
