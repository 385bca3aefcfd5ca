# The hub in a Node-RED that is there already: it gets the nodes, and a flow where it has none. No secret is in
# that flow, for it lies in the store: the broker's password is given in the editor, once.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.nixwave.hub;
  nodeRed = config.services.node-red;
  url = builtins.match "(mqtts?)://([^:/]+)(:([0-9]+))?/?" (
    if cfg.broker.kind == "mosquitto" then "mqtt://127.0.0.1:${toString cfg.broker.port}" else toString cfg.broker.url
  );
  isTls = builtins.head url == "mqtts";
  port = builtins.elemAt url 3;
  fields = {
    nixwave-fleet = {
      inherit (cfg) fleet channel language;
      name = cfg.fleet;
      zone = if cfg.timeZone == null then "" else cfg.timeZone;
      hosts = map (host: {
        inherit host;
        carries = lib.optional (builtins.elem host cfg.carriers) "hub";
        optional = false;
      }) cfg.hosts;
      releaseKeys = builtins.concatStringsSep "\n" cfg.releaseKeys;
    };
    mqtt-broker = lib.optionalAttrs (url != null) {
      broker = builtins.elemAt url 1;
      port = if port != null then port else if isTls then "8883" else "1883";
      usetls = isTls;
    };
    nixwave-notify = lib.optionalAttrs (cfg.ntfy.topic != null) {
      inherit (cfg.ntfy) topic server;
      inherit (cfg) language;
    };
    nixwave-release = lib.optionalAttrs (cfg.release.url != null) { inherit (cfg.release) url every; };
  };
  file = if builtins.match "/.*" cfg.flow != null then cfg.flow else ../../../flows + "/${cfg.flow}.json";
  flow = map (node: node // fields.${node.type} or { }) (builtins.fromJSON (builtins.readFile file));
  flowFile = pkgs.writeText "nixwave-flows.json" (builtins.toJSON flow);
in
{
  config = lib.mkIf (cfg.enable && cfg.nodeRed == "service") {
    services.nixwave.hub.rendered.flow = flow;
    services.node-red = {
      enable = true;
      define.nodesDir = "${cfg.nodesPackage}/lib/node_modules/@nixwave/node-red";
    };
    # `C` copies where nothing is, and touches nothing else: what people changed stays.
    systemd.tmpfiles.rules = [
      "d ${nodeRed.userDir} 0700 ${nodeRed.user} ${nodeRed.group} -"
      "C ${nodeRed.userDir}/flows.json 0600 ${nodeRed.user} ${nodeRed.group} - ${flowFile}"
    ];
  };
}
