# The hub in a unit of its own: `nixwave hub`, Node-RED and perhaps the broker in one process.
{
  config,
  lib,
  ...
}:
let
  cfg = config.services.nixwave.hub;
  isOwn = cfg.nodeRed == "own";
  user = "nixwave-hub";
  words = import ./unit-words.nix { inherit lib; };
  many = flag: builtins.concatMap (value: [ flag value ]);
  one = flag: value: lib.optionals (value != null) [ flag value ];
  secret = flag: name: file: one flag (if file == null then null else "/run/credentials/nixwave-hub.service/${name}");
  hasTls = cfg.editor.certFile != null;
  editorHost = if builtins.match ".*:.*" cfg.editor.address != null then "[${cfg.editor.address}]" else cfg.editor.address;
  brokerUrl = if cfg.broker.kind == "mosquitto" then "mqtt://127.0.0.1:${toString cfg.broker.port}" else cfg.broker.url;
  embedded =
    if cfg.broker.mqtt == [ ] && cfg.broker.mqttTls == [ ] then
      [ ]
    else
      many "--mqtt" cfg.broker.mqtt
      ++ many "--mqtt-tls" cfg.broker.mqttTls
      ++ lib.optional cfg.broker.anonymous "--anonymous";
  outside =
    one "--broker" brokerUrl
    ++ [ "--user" cfg.broker.user ]
    ++ secret "--password-file" "mqtt-password" cfg.broker.passwordFile;
  command = [
    "${cfg.package}/bin/nixwave"
    "hub"
    "--state"
    cfg.stateFolder
    "--editor"
    "${editorHost}:${toString cfg.editor.port}"
  ]
  ++ one "--cert" cfg.editor.certFile
  ++ secret "--key" "tls-key" cfg.editor.keyFile
  ++ (if cfg.broker.kind == "embedded" then embedded else outside)
  ++ [ "--fleet" cfg.fleet "--channel" cfg.channel ]
  ++ many "--host" cfg.hosts
  ++ many "--carrier" cfg.carriers
  ++ many "--release-key" cfg.releaseKeys
  ++ [ "--flow" cfg.flow "--language" cfg.language ]
  ++ one "--zone" cfg.timeZone
  ++ lib.optionals (cfg.ntfy.topic != null) (
    [ "--ntfy-topic" cfg.ntfy.topic "--ntfy-server" cfg.ntfy.server ]
    ++ secret "--ntfy-token-file" "ntfy-token" cfg.ntfy.tokenFile
  )
  ++ lib.optionals (cfg.release.url != null) (
    [ "--release-url" cfg.release.url "--release-every" cfg.release.every ]
    ++ secret "--release-token-file" "release-token" cfg.release.tokenFile
  );
  credential = name: file: lib.optional (file != null) "${name}:${file}";
in
{
  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      { environment.systemPackages = [ cfg.package ]; }
      (lib.mkIf cfg.openFirewall {
        networking.firewall.allowedTCPPorts =
          lib.optional isOwn cfg.editor.port
          ++ lib.optionals (cfg.broker.kind == "embedded") (map words.portOf (cfg.broker.mqtt ++ cfg.broker.mqttTls))
          ++ lib.optionals (cfg.broker.kind == "mosquitto") (
            [ cfg.broker.port ] ++ lib.optional (cfg.broker.anonymous && cfg.broker.openPort != null) cfg.broker.openPort
          );
      })
      (lib.mkIf isOwn {
        services.nixwave.hub.rendered.command = command;
        users.users.${user} = {
          isSystemUser = true;
          group = user;
          description = "Nixwave's hub";
        };
        users.groups.${user} = { };
        systemd.tmpfiles.rules = lib.optional (!words.isOfSystemd cfg.stateFolder) "d ${cfg.stateFolder} 0700 ${user} ${user} -";
        systemd.services.nixwave-hub = {
          description = "Nixwave's hub";
          wantedBy = [ "multi-user.target" ];
          # Not network-online.target: an embedded broker is there before the network is.
          after = [ "network.target" ] ++ lib.optional (cfg.broker.kind == "mosquitto") "mosquitto.service";
          unitConfig.RequiresMountsFor = cfg.stateFolder;
          serviceConfig =
            import ./sandbox.nix
            // words.folderFor cfg.stateFolder
            // {
              Type = "exec";
              ExecStart = words.commandLine command;
              MemoryMax = cfg.memoryLimit;
              TasksMax = 256;
              Restart = "on-failure";
              RestartSec = 3;
              # Node-RED first, then the broker: the hub says goodbye while there is one.
              TimeoutStopSec = 30;
              User = user;
              Group = user;
              LoadCredential =
                credential "mqtt-password" cfg.broker.passwordFile
                ++ credential "tls-key" cfg.editor.keyFile
                ++ credential "ntfy-token" cfg.ntfy.tokenFile
                ++ credential "release-token" cfg.release.tokenFile;
            };
        };
      })
    ]
  );
}
