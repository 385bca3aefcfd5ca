# Values that are right each by itself and do not go together: what `failed` (an assertion) or `warnings` says.
{ lib }:
let
  hub = settings: { services.nixwave.hub = settings; };
  case = list: says: settings: {
    inherit list says;
    settings = hub settings;
  };
  failed = case "failed";
  warned = case "warnings";
  inherit (lib) mkForce;
  inService =
    settings:
    lib.mkMerge [
      {
        nodeRed = "service";
        broker.kind = "mosquitto";
      }
      settings
    ];
  inStore = "/nix/store/11111111111111111111111111111111-secret";
in
{
  "the embedded broker in somebody else's process" = failed "broker.kind" { nodeRed = "service"; };
  "another broker without its address" = failed "broker.url" { broker.kind = "other"; };
  "an address of the broker that is our own" = failed "broker.url" { broker.url = "mqtt://nuc.lan"; };
  "an address that no flow can name" = failed "broker.url" {
    nodeRed = "service";
    broker.kind = "other";
    broker.url = "wss://nuc.lan:9001";
  };
  "a flow that an evaluation cannot read" = failed "flow" {
    nodeRed = "service";
    broker.kind = "mosquitto";
    flow = "/etc/nixwave/flow.json";
  };
  "no door" = failed "broker.mqtt" { broker.mqtt = [ ]; };
  "TLS without a certificate" = failed "broker.mqttTls" { broker.mqttTls = [ "0.0.0.0:8883" ]; };
  "a password of the broker that makes its own" = failed "broker.passwordFile" {
    broker.passwordFile = "/etc/nixwave/hub.password";
  };
  "one port for two listeners" = failed "broker.port" {
    broker = {
      kind = "mosquitto";
      port = 1883;
    };
  };
  "a person who is named as a host" = failed "broker.people" {
    broker = {
      kind = "mosquitto";
      people = [ "nuc" ];
    };
  };
  "a certificate without its key" = failed "editor.certFile" { editor.certFile = "/etc/nuc.pem"; };
  "a carrier from elsewhere" = failed "carriers" { carriers = [ "x1" ]; };
  "a host twice" = failed "hosts" { hosts = [ "nuc" ]; };
  "a token without a topic" = failed "ntfy.tokenFile" { ntfy.tokenFile = "/etc/ntfy"; };
  "a token without an address" = failed "release.tokenFile" { release.tokenFile = "/etc/token"; };
  "a backup inside of what it holds" = failed "backup.folder" {
    backup.folder = "/var/lib/nixwave-hub/backup";
  };
  "the editor's key in the store" = failed "editor.keyFile" { editor.keyFile = inStore; };
  "the hub's password in the store" = failed "broker.passwordFile" {
    broker.kind = "mosquitto";
    broker.passwordFile = inStore;
  };
  "ntfy's token in the store" = failed "ntfy.tokenFile" {
    ntfy.topic = "home";
    ntfy.tokenFile = inStore;
  };
  "a token for releases in the store" = failed "release.tokenFile" {
    release.url = "https://example.org/release.json";
    release.tokenFile = inStore;
  };
  "all passwords in the store" = failed "broker.passwordFolder" { broker.passwordFolder = inStore; };
  "a password for a flow in the store" = failed "broker.passwordFile" (inService {
    broker.passwordFile = "/etc/nixwave/hub.password";
  });
  "ntfy's token for a flow in the store" = failed "ntfy.tokenFile" (inService {
    ntfy.topic = "home";
    ntfy.tokenFile = "/etc/ntfy";
  });
  "a token for releases for a flow in the store" = failed "release.tokenFile" (inService {
    release.url = "https://example.org/release.json";
    release.tokenFile = "/etc/token";
  });

  "CI's key made on the hub" = warned "releaseKeys" { releaseKeys = mkForce [ ]; };
  "no spare key" = warned "releaseKeys" {
    releaseKeys = mkForce [ "ci-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" ];
  };
  "nobody to deploy to" = warned "hosts" { hosts = mkForce [ ]; };
  "passwords in the clear" = warned "broker.mqtt" { broker.mqtt = [ "0.0.0.0:1883" ]; };
  "passwords in the clear, over mosquitto" = warned "broker.port" {
    broker.kind = "mosquitto";
    broker.passwordFile = "/etc/nixwave/mqtt/hub.password";
    openFirewall = true;
  };
  "passwords in the clear, over mosquitto on a machine without a firewall" = {
    list = "warnings";
    says = "broker.port";
    settings = {
      services.nixwave.hub = {
        broker.kind = "mosquitto";
        broker.passwordFile = "/etc/nixwave/mqtt/hub.password";
      };
      networking.firewall.enable = false;
    };
  };
  "an anonymous broker" = warned "broker.passwordFile" {
    broker.kind = "other";
    broker.url = "mqtt://nuc.lan";
  };
  "no copies" = warned "backup.folder" { backup.folder = null; };
}
