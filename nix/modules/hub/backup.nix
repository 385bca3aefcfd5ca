# Dated copies of what the hub has, made while it runs (docs/recovery.md).
{
  config,
  lib,
  ...
}:
let
  cfg = config.services.nixwave.hub;
  nodeRed = config.services.node-red;
  isOwn = cfg.nodeRed == "own";
  state = if isOwn then cfg.stateFolder else nodeRed.userDir;
  user = if isOwn then "nixwave-hub" else nodeRed.user;
  group = if isOwn then "nixwave-hub" else nodeRed.group;
  words = import ./unit-words.nix { inherit lib; };
in
{
  config = lib.mkIf (cfg.enable && cfg.backup.folder != null) {
    systemd.tmpfiles.rules = [ "d ${cfg.backup.folder} 0700 ${user} ${group} -" ];
    systemd.services.nixwave-hub-backup = {
      description = "A copy of what Nixwave's hub has";
      unitConfig = {
        RequiresMountsFor = "${state} ${cfg.backup.folder}";
        # Nothing to keep before the hub has begun.
        ConditionDirectoryNotEmpty = state;
      };
      serviceConfig = import ./sandbox.nix // {
        Type = "oneshot";
        ExecStart = words.commandLine [
          "${cfg.package}/bin/nixwave"
          "hub"
          "backup"
          "--state"
          state
          "--into"
          cfg.backup.folder
          "--keep"
          (toString cfg.backup.keep)
        ];
        User = user;
        Group = group;
        PrivateNetwork = true;
        ReadWritePaths = [ cfg.backup.folder ];
        Nice = 10;
        IOSchedulingClass = "idle";
      };
    };
    systemd.timers.nixwave-hub-backup = {
      description = "A copy of what Nixwave's hub has, each day";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cfg.backup.at;
        Persistent = true;
        RandomizedDelaySec = 300;
      };
    };
  };
}
