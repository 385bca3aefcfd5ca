# Hubs as they should be: nothing fails, nothing is warned of, and `nixwave hub` takes the command line.
{ lib }:
let
  hub = settings: { services.nixwave.hub = settings; };
  flow = "/etc/nixwave/flow.json";
in
{
  least = { };
  disabled = hub { enable = lib.mkForce false; };
  "of a root that is emptied at boot" = hub { stateFolder = "/persist/nixwave-hub"; };
  mosquitto = hub {
    broker = {
      kind = "mosquitto";
      passwordFile = "/etc/nixwave/mqtt/hub.password";
      anonymous = true;
    };
  };
  "mosquitto with a listener for TLS beside ours" = {
    services.nixwave.hub = {
      broker.kind = "mosquitto";
      broker.passwordFile = "/etc/nixwave/mqtt/hub.password";
      broker.anonymous = true;
      openFirewall = true;
    };
    services.mosquitto.listeners = [
      {
        port = 8884;
        settings.certfile = "/etc/nixwave/nuc.pem";
        settings.keyfile = "/etc/nixwave/nuc.key";
      }
    ];
  };
  "mosquitto with hashed passwords, and no open listener" = hub {
    broker = {
      kind = "mosquitto";
      passwords = "hashed";
      passwordFolder = "/persist/mqtt";
      passwordFile = "/persist/mqtt/hub.password";
      people = [
        "anna"
        "me"
      ];
      port = 1884;
      openPort = null;
      deviceTopics = [
        "sonos/+/state/#"
        "nixwave-door/+"
        "/esp/state"
        "plain"
      ];
    };
  };
  service = hub {
    nodeRed = "service";
    broker.kind = "mosquitto";
    ntfy.topic = "home";
    release.url = "https://example.org/release.json";
    flow = "with-approval";
  };
  full = hub {
    stateFolder = "/var/lib/nixwave/hub";
    editor = {
      address = "::";
      port = 8443;
      certFile = "/etc/nixwave/nuc.pem";
      keyFile = "/var/lib/secrets/nuc key";
    };
    broker = {
      mqtt = [ "0.0.0.0:1883" ];
      mqttTls = [ "[::]:8883" ];
      anonymous = true;
    };
    fleet = "github:someone/homelab";
    channel = "stable";
    carriers = [ "nuc" ];
    flow = "homelab";
    language = "de";
    timeZone = "Europe/Berlin";
    ntfy = {
      topic = "home_100";
      server = "https://ntfy.example";
      tokenFile = "/var/lib/secrets/ntfy";
    };
    release = {
      url = "https://example.org/a%20release.json?x=$1";
      every = "2m";
      tokenFile = "/var/lib/secrets/release";
    };
    backup = {
      folder = "/srv/backup/hub";
      keep = 30;
      at = "daily";
    };
    openFirewall = true;
    memoryLimit = "1G";
  };
  other = hub {
    flow = flow;
    broker = {
      kind = "other";
      url = "mqtts://broker.lan:8883";
      user = "hub2";
      passwordFile = "/var/lib/secrets/mqtt";
    };
  };
}
