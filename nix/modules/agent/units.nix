# The units of DESIGN 7, and the file by which a system says whose it is.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.nixwave.agent;
  user = "nixwave";
  inherit (pkgs.stdenv.hostPlatform) system;
  render = secret: import ./agent-json.nix { inherit lib cfg system secret; };

  # Only the agent gets copies of secrets. Root reads the files themselves: a unit whose LoadCredential
  # fails does not start, and the way back must start whatever has become of a password.
  forAgent = render (name: _file: "/run/credentials/nixwave-agent.service/${name}");
  forActivator = render (_name: file: file);
  agentFile = pkgs.writeText "nixwave-agent.json" (builtins.toJSON forAgent);
  activatorFile = pkgs.writeText "nixwave.json" (builtins.toJSON forActivator);

  # Its path changes with the configuration, so that an activator that began under the old system hands
  # over to the new one (docs/host.md) also where only probes or keys have changed.
  activator = pkgs.writeShellScriptBin "nixwave-activator" ''
    set -- ${cfg.package}/bin/nixwave-activator --config ${activatorFile} --self "$0" "$@"
    case " $* " in *" deadman "*) exec "$@" ;; esac
    # The activator takes the lock itself where nobody has, but by a second start of Node.
    [ -d /nix/var/nixwave ] || exec "$@"
    exec ${pkgs.util-linux}/bin/flock --no-fork --exclusive --wait 60 --conflict-exit-code 75 /nix/var/nixwave/lock "$@"
  '';
  program = "${activator}/bin/nixwave-activator";
  marker = {
    v = 1;
    inherit (cfg)
      fleet
      host
      releaseKeys
      hubKeys
      ;
    inherit system;
    activator = program;
    memory = cfg.package.memoryForms or {
      from = 1;
      to = 1;
    };
  };
  # No part of Nixwave's own programs: it is there for the boot in which they do not work.
  bootLease = pkgs.writeShellScriptBin "nixwave-boot-lease" (builtins.readFile ./boot-lease.sh);
  markerFile = pkgs.writeText "nixwave-host.json" (builtins.toJSON marker);

  credential = name: file: lib.optional (file != null) "${name}:${file}";
in
{
  config = lib.mkIf cfg.enable {
    services.nixwave.agent.rendered = {
      agent = forAgent;
      activator = forActivator;
      inherit marker;
      files = [
        agentFile
        activatorFile
      ];
      programs = [
        activator
        bootLease
      ];
    };
    environment.systemPackages = [ cfg.package ];
    # The commands' default; `nixwave-agent status` is for everybody, and there is no secret in it.
    environment.etc."nixwave/config.json".source = activatorFile;
    system.systemBuilderCommands = ''
      mkdir -p $out/nixwave
      cp ${markerFile} $out/nixwave/host.json
    '';

    users.users.${user} = {
      isSystemUser = true;
      group = user;
      description = "Nixwave's agent";
    };
    users.groups.${user} = { };
    systemd.tmpfiles.rules = [
      "d /nix/var/nixwave 0700 root root -"
      "d /nix/var/nixwave-report 0750 root ${user} -"
      "d /run/nixwave 0755 root root -"
      "d /run/nixwave/in 0700 ${user} ${user} -"
      "d /run/nixwave/taken 0700 root root -"
      "d /run/nixwave/out 0750 root ${user} -"
    ];

    systemd.services.nixwave-agent = {
      description = "Nixwave's agent";
      wantedBy = [ "multi-user.target" ];
      # Not network-online.target: it is ready with or without a broker, and must not hold a boot up.
      after = [ "network.target" ];
      path = [ config.systemd.package ];
      serviceConfig = import ./sandbox.nix { inherit (cfg) memoryLimit; } // {
        Type = "notify";
        NotifyAccess = "all";
        WatchdogSec = 60;
        ExecStart = "${cfg.package}/bin/nixwave-agent --config ${agentFile}";
        Restart = "on-failure";
        RestartSec = 3;
        User = user;
        Group = user;
        LoadCredential =
          credential "mqtt-password" cfg.broker.passwordFile
          ++ credential "mqtt-key" cfg.broker.tls.keyFile
          ++ credential "netrc" cfg.netrcFile
          ++ builtins.concatLists (
            lib.mapAttrsToList (
              host: { away, ... }: lib.optionals (away != null) (credential "away-${host}" away.tokenFile)
            ) cfg.witness
          );
      };
    };

    # Wanted by nothing and ordered before nothing: one that a switch waits for, and that waits for the
    # switch, never ends. A switch leaves it alone, whether it has changed or is gone.
    systemd.services.nixwave-activator = {
      description = "Nixwave's activator";
      restartIfChanged = false;
      unitConfig = {
        X-StopOnRemoval = false;
        StartLimitIntervalSec = 0;
      };
      path = [
        config.nix.package
        config.systemd.package
        pkgs.util-linux
        pkgs.coreutils
      ];
      # What V8 makes of the program (docs/host.md, "Kept code"): a part of each start, and one comes every minute.
      environment.NODE_COMPILE_CACHE = "/nix/var/nixwave/v8-cache";
      # Probes of kind `command` are the house's own and run in here, a switch and a reboot are systemd's: so
      # only that is taken away which neither Nix nor a probe has a use for. No mount namespace: notices go
      # to /run/user, and Nix opens the store for itself.
      serviceConfig = {
        Type = "exec";
        ExecStart = program;
        Restart = "on-failure";
        RestartSec = 1;
        CapabilityBoundingSet = "~${builtins.concatStringsSep " " [
          "CAP_AUDIT_CONTROL"
          "CAP_AUDIT_READ"
          "CAP_BPF"
          "CAP_MAC_ADMIN"
          "CAP_MAC_OVERRIDE"
          "CAP_SYSLOG"
          "CAP_SYS_MODULE"
          "CAP_SYS_PACCT"
          "CAP_SYS_TIME"
          "CAP_SYS_TTY_CONFIG"
          "CAP_WAKE_ALARM"
        ]}";
        KeyringMode = "private";
        LockPersonality = true;
        NoNewPrivileges = true;
        ProtectHostname = true;
        RestrictRealtime = true;
        SystemCallArchitectures = "native";
        SystemCallErrorNumber = "EPERM";
        SystemCallFilter = "~@clock @cpu-emulation @module @obsolete @swap";
      };
    };
    # Ends at once but in the first minutes of a boot on trial (docs/host.md, "Reboot into a new system").
    systemd.services.nixwave-boot-lease = {
      description = "Nixwave's way back from a boot on trial";
      wantedBy = [ "multi-user.target" ];
      restartIfChanged = false;
      unitConfig = {
        ConditionPathExists = "/nix/var/nixwave/trial.v1";
        StartLimitIntervalSec = 0;
      };
      path = [
        config.systemd.package
        pkgs.util-linux
        pkgs.coreutils
      ];
      serviceConfig = {
        Type = "exec";
        ExecStart = "${bootLease}/bin/nixwave-boot-lease";
        Restart = "on-failure";
        RestartSec = 15;
      };
    };
    systemd.paths.nixwave-activator = {
      description = "Nixwave's inbox";
      wantedBy = [ "paths.target" ];
      pathConfig.PathExists = "/run/nixwave/in/desired";
    };
    # At boot and when it comes with a new system; then every minute. Where nothing is open it ends at once.
    systemd.timers.nixwave-activator = {
      description = "Nixwave's activator, each minute";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnActiveSec = 0;
        OnUnitInactiveSec = 60;
        AccuracySec = "1s";
      };
    };
  };
}
