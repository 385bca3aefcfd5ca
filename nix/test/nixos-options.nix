# The options of NixOS that our modules read or write, with the types they have there.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
  any = option (types.attrsOf types.anything) { };
  texts = option (types.listOf types.str) [ ];
  flag = option types.bool false;
  unit = more: types.submodule {
    options = {
      description = option types.str "";
      wantedBy = texts;
      unitConfig = any;
    } // more;
  };
in
{
  options = {
    assertions = option (types.listOf types.anything) [ ];
    warnings = texts;
    environment.etc = any;
    environment.systemPackages = option (types.listOf types.package) [ ];
    networking.hostName = option types.str "rp4";
    nix.package = option types.anything "/usr";
    nix.settings = option (types.attrsOf types.anything) { };
    services.cachix-agent.enable = flag;
    services.comin.enable = flag;
    system.autoUpgrade.enable = flag;
    system.systemBuilderCommands = option types.lines "";
    systemd.package = option types.anything "/usr";
    systemd.paths = option (types.attrsOf (unit { pathConfig = any; })) { };
    systemd.services = option (types.attrsOf (unit {
      after = texts;
      before = texts;
      environment = any;
      path = option (types.listOf types.anything) [ ];
      requiredBy = texts;
      restartIfChanged = option types.bool true;
      serviceConfig = any;
    })) { };
    systemd.timers = option (types.attrsOf (unit { timerConfig = any; })) { };
    systemd.tmpfiles.rules = texts;
    time.timeZone = option (types.nullOr types.str) null;
    users.groups = any;
    users.users = any;
  };
}
