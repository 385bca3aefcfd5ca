# The configuration of a hub's machine, evaluated: what it renders, and what is said of it. `store` stands before
# the names of what would be built.
{
  lib ? import ./minilib.nix,
  settings,
  store ? "/nix/store/00000000000000000000000000000000",
}:
let
  inherit (lib) mkOption types;
  inherit (import ./stand-in-pkgs.nix { prefix = "${store}-"; }) built pkgs;
  option = type: default: mkOption { inherit type default; };
  any = option (types.attrsOf types.anything) { };
  machine = {
    options = {
      networking.firewall.enable = option types.bool true;
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
    (import ./evaluate-part.nix {
      inherit lib pkgs;
      part = "hub";
      modules = [
        machine
        settings
      ];
    })
    config
    said
    made
    ;
  inherit (config.services.nixwave) hub;
in
said
// lib.optionalAttrs hub.enable (
  made
  // {
    inherit (hub) rendered;
    # Each value, those too that nothing was made of.
    values = builtins.removeAttrs hub [ "rendered" ];
    inherit (config.services) mosquitto node-red;
    ports = config.networking.firewall.allowedTCPPorts;
  }
)
