# Hosts of a home as they should be: nothing fails, nothing is warned of, and our own parser takes the rendering.
{ lib }:
let
  agent = settings: { services.nixwave.agent = settings; };
in
{
  least = { };
  disabled = agent { enable = lib.mkForce false; };
  "observing beside another agent" = {
    services.cachix-agent.enable = true;
    services.comin.enable = true;
    system.autoUpgrade.enable = true;
  };
  "of nix.settings" = {
    nix.settings.extra-substituters = [ "file:///srv/cache" ];
    nix.settings.extra-trusted-public-keys = [ "lan-1:BQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" ];
  };
  laptop = agent {
    host = "x1";
    profile = "laptop";
    mode = "active";
    broker.passwordFile = "/var/lib/secrets/mqtt";
    laptop = {
      minBatteryPercent = 40;
      notice = {
        program = [
          "/run/current-system/sw/bin/notify-send"
          "--wait"
          "--action=later=Later"
        ];
        language = "de";
      };
    };
  };
  full = {
    services.nixwave.agent = {
      mode = "active";
      fleet = lib.mkForce "home";
      host = "nuc";
      channel = "stable";
      broker = {
        url = lib.mkForce "mqtts://nuc.lan:8883";
        base = "home/nixwave";
        passwordFile = "/var/lib/secrets/mqtt";
        tls = {
          caFile = "/etc/nixwave/home-ca.pem";
          certFile = "/etc/nixwave/nuc.pem";
          keyFile = "/var/lib/secrets/nuc.key";
        };
      };
      releaseThreshold = 2;
      trustEpoch = 2;
      serialFloor = 1800000000000;
      rollbackWindow = "90d";
      netrcFile = "/var/lib/secrets/netrc";
      caFile = "/etc/nixwave/home-ca.pem";
      pullJobs = 8;
      pullLimit = "1h30m";
      stallLimit = "2m";
      switchLimit = "20m";
      probeLimit = "90s";
      lease = "15m";
      probes = {
        Services = {
          kind = "units";
          units = [
            "mosquitto.service"
            "node-red.service"
          ];
          settle = "20s";
          within = "2m";
        };
        MQTT = {
          kind = "tcp";
          host = "localhost";
          port = 8883;
        };
        Web = {
          kind = "http";
          url = "https://nuc.lan/";
          status = "200..299";
          contains = "Node-RED";
          retries = 3;
        };
        Grafana = {
          kind = "http";
          url = "http://localhost:3000/api/health";
          status = 200;
        };
        Camera = {
          kind = "command";
          program = [
            "/run/current-system/sw/bin/camera-works"
            "--once"
          ];
          timeout = "1m";
        };
        Broker.kind = "broker";
        Cache.kind = "cache";
      };
      witness.rp4 = {
        every = "30s";
        away = {
          server = "https://ntfy.sh";
          topic = "home";
          tokenFile = "/var/lib/secrets/ntfy";
          after = "15m";
          language = "de";
        };
        probes.SSH = {
          kind = "tcp";
          host = "rp4";
          port = 22;
        };
      };
      guards = {
        window = [
          {
            from = "22:00";
            to = "06:00";
          }
          {
            days = [
              "sat"
              "sun"
            ];
            from = "12:00";
            to = "24:00";
          }
        ];
        minInterval = "6h";
        maxPerDay = 3;
      };
      timeZone = "Europe/Berlin";
      rebootToRecover = false;
      publishLog = true;
      memoryLimit = "256M";
    };
  };
}
