# The virtual machines' modules with the stand-in library: their agent's configuration must be right, and the
# script must be Python. What they say of a whole NixOS is taken as it is.
{ lib }:
let
  standIn = import ./stand-in-pkgs.nix { prefix = "/nix/store/"; };
  inherit (standIn) built;
  pkgs = standIn.pkgs // {
    stdenv.hostPlatform.system = "x86_64-linux";
    jq = built "jq" { };
    nixwave = {
      agent = built "nixwave-agent" { };
      node-red-nodes = built "nixwave-nodes" { };
    };
  };
  test = import ../vm-test.nix { cli = built "nixwave" { }; };
  anything = lib.mkOption {
    type = lib.types.attrsOf lib.types.anything;
    default = { };
  };
  # What the modules of the machines set beside the agent.
  more = {
    options.boot.loader = anything;
    options.networking.firewall.enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
    };
    options.networking.firewall.allowedTCPPorts = lib.mkOption {
      type = lib.types.listOf lib.types.port;
      default = [ ];
    };
    options.services.mosquitto = anything;
    options.services.node-red = anything;
    options.services.nix-serve = anything;
    options.system.build = anything;
    options.system.switch = anything;
    options.virtualisation = anything;
  };
  machine =
    hostName: modules:
    let
      evaluated =
        added:
        lib.evalModules {
          modules = [
            ./nixos-options.nix
            more
            { networking = { inherit hostName; }; }
          ]
          ++ modules
          ++ added;
          specialArgs = {
            inherit pkgs nodes;
            extendModules =
              { modules }:
              let
                extended = (evaluated modules).config;
                wrong = builtins.filter ({ assertion, ... }: !assertion) extended.assertions;
              in
              assert wrong == [ ];
              {
                config.system.build.toplevel = built "system-${extended.environment.etc.release.text}" { };
              };
          };
        };
    in
    (evaluated [ ]).config;
  nodes = {
    rp4 = machine "rp4" [ test.nodes.rp4 ];
    hub = machine "hub" [ test.nodes.hub ];
  };
in
{
  faults = map ({ message, ... }: message) (
    builtins.filter ({ assertion, ... }: !assertion) (nodes.rp4.assertions ++ nodes.hub.assertions)
  );
  warnings = nodes.rp4.warnings ++ nodes.hub.warnings;
  hub = {
    command = nodes.hub.systemd.services.nixwave-hub.serviceConfig.ExecStart;
    # All of it is evaluated, though little of it is looked at.
    ports = builtins.deepSeq (builtins.removeAttrs nodes.hub [ "assertions" ]) nodes.hub.networking.firewall.allowedTCPPorts;
  };
  cached = map (one: one.outPath) nodes.hub.virtualisation.additionalPaths;
  testScript = test.testScript { inherit nodes; };
}
