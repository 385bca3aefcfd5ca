# One host's configuration, evaluated: what it renders, and what is said of it. `store` stands before the
# names of what would be built.
{
  lib ? import ./minilib.nix,
  settings,
  store ? "/nix/store/00000000000000000000000000000000",
}:
let
  built = name: more: {
    type = "derivation";
    inherit name;
    outPath = "${store}-${name}";
  } // more;
  pkgs = {
    stdenv.hostPlatform.system = "aarch64-linux";
    coreutils = "/usr";
    util-linux = "/usr";
    writeText = name: text: built name { inherit text; };
    writeShellScriptBin = name: text: built name { inherit text; };
  };
  host = {
    services.nixwave.agent.package = lib.mkDefault (built "nixwave" { });
  };
  inherit
    (lib.evalModules {
      modules = [
        ./nixos-options.nix
        ../modules/agent.nix
        host
        settings
      ];
      specialArgs = { inherit pkgs; };
    })
    config
    options
    ;
  unit = import ./unit-text.nix { inherit lib; };
  named = suffix: write: units: lib.mapAttrsToList (name: one: { name = "${name}.${suffix}"; text = write one; }) units;
  inherit (config.services.nixwave) agent;
  textsOf =
    places: built:
    builtins.listToAttrs (
      builtins.genList (index: {
        name = builtins.elemAt places index;
        value = (builtins.elemAt built index).text;
      }) (builtins.length built)
    );
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
  failed = map ({ message, ... }: message) (builtins.filter ({ assertion, ... }: !assertion) config.assertions);
  inherit (config) warnings;
  optionNames = namesBelow "" options.services.nixwave.agent;
}
// lib.optionalAttrs agent.enable {
  inherit (agent.rendered) agent activator marker;
  files = textsOf (map (file: "${file}") agent.rendered.files) agent.rendered.files;
  programs = textsOf (map (one: "${one}/bin/${one.name}") agent.rendered.programs) agent.rendered.programs;
  etc = builtins.mapAttrs (_: { source, ... }: source.text) config.environment.etc;
  tmpfiles = config.systemd.tmpfiles.rules;
  inherit (config.users) users groups;
  toplevel = config.system.systemBuilderCommands;
  wantedBy = builtins.mapAttrs (_: unit: unit.wantedBy) config.systemd.services;
  units = builtins.listToAttrs (
    map ({ name, text }: { inherit name; value = text; }) (
      named "service" unit.service config.systemd.services
      ++ named "path" unit.path config.systemd.paths
      ++ named "timer" unit.timer config.systemd.timers
    )
  );
}
