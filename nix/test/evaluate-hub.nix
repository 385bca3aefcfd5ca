# The configuration of a hub's machine, evaluated: what it renders, and what is said of it. `store` stands before
# the names of what would be built.
{
  lib ? import ./minilib.nix,
  settings,
  store ? "/nix/store/00000000000000000000000000000000",
}:
let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
  any = option (types.attrsOf types.anything) { };
  built = name: more: {
    type = "derivation";
    inherit name;
    outPath = "${store}-${name}";
  } // more;
  pkgs = {
    stdenv.hostPlatform.system = "aarch64-linux";
    writeText = name: text: built name { inherit text; };
  };
  machine = {
    options = {
      networking.firewall.allowedTCPPorts = option (types.listOf types.port) [ ];
      services.mosquitto = {
        enable = option types.bool false;
        settings = any;
        listeners = option (types.listOf types.anything) [ ];
      };
      services.node-red = {
        enable = option types.bool false;
        userDir = option types.str "/var/lib/node-red";
        user = option types.str "node-red";
        group = option types.str "node-red";
        define = any;
      };
    };
    config.services.nixwave.hub = {
      package = lib.mkDefault (built "nixwave" { });
      nodesPackage = lib.mkDefault (built "nixwave-nodes" { });
    };
  };
  inherit
    (lib.evalModules {
      modules = [
        ./nixos-options.nix
        ../modules/hub.nix
        machine
        settings
      ];
      specialArgs = { inherit pkgs; };
    })
    config
    options
    ;
  unit = import ./unit-text.nix { inherit lib; };
  named = suffix: write: units: lib.mapAttrsToList (name: one: { name = "${name}.${suffix}"; value = write one; }) units;
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
  inherit (config.services.nixwave) hub;
in
{
  failed = map ({ message, ... }: message) (builtins.filter ({ assertion, ... }: !assertion) config.assertions);
  inherit (config) warnings;
  optionNames = namesBelow "" options.services.nixwave.hub;
}
// lib.optionalAttrs hub.enable {
  inherit (hub) rendered;
  # Each value, those too that nothing was made of.
  values = builtins.removeAttrs hub [ "rendered" ];
  inherit (config.services) mosquitto node-red;
  ports = config.networking.firewall.allowedTCPPorts;
  tmpfiles = config.systemd.tmpfiles.rules;
  inherit (config.users) users;
  wantedBy = builtins.mapAttrs (_: unit: unit.wantedBy) config.systemd.services;
  units = builtins.listToAttrs (
    named "service" unit.service config.systemd.services
    ++ named "timer" unit.timer config.systemd.timers
  );
}
