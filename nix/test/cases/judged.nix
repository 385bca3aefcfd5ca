# Values that are right each by itself and do not go together: what `failed` (an assertion) or `warnings` says.
{ lib }:
let
  agent = settings: { services.nixwave.agent = settings; };
  failed = says: settings: {
    inherit says settings;
    list = "failed";
  };
  warned = says: settings: {
    inherit says settings;
    list = "warnings";
  };
  inherit (lib) mkForce;
  hubKey = "other:AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  web = probe: agent { probes.Web = probe; };
in
{
  "cachix-agent beside an active host" = failed "mode" {
    services.nixwave.agent.mode = "active";
    services.cachix-agent.enable = true;
  };
  "comin beside an active host" = failed "mode" {
    services.nixwave.agent.mode = "active";
    services.comin.enable = true;
  };
  "NixOS's own upgrades beside an active host" = failed "mode" {
    services.nixwave.agent.mode = "active";
    system.autoUpgrade.enable = true;
  };
  "no release key" = failed "releaseKeys" (agent { releaseKeys = mkForce [ ]; });
  "no hub key" = failed "hubKeys" (agent { hubKeys = mkForce [ ]; });
  "more signatures asked for than keys" = failed "releaseThreshold" (agent { releaseThreshold = 3; });
  "one key twice counts once" = failed "releaseThreshold" (agent {
    releaseThreshold = 2;
    releaseKeys = mkForce [
      hubKey
      "again:AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    ];
  });
  "a key for what and when" = failed "hubKeys" (agent { releaseKeys = [ hubKey ]; });
  "no cache" = failed "substituters" (agent { substituters = [ ]; });
  "no cache key" = failed "cacheKeys" (agent { cacheKeys = [ ]; });
  "TLS files for a plain connection" = failed "broker.tls" (agent { broker.tls.caFile = "/etc/ca.pem"; });
  "a certificate without its key" = failed "broker.tls" (agent {
    broker.url = mkForce "mqtts://nuc.lan";
    broker.tls.certFile = "/etc/cert.pem";
  });
  "a password in the store" = failed "broker.passwordFile" (agent {
    broker.passwordFile = "/nix/store/11111111111111111111111111111111-password";
  });
  "a client key in the store" = failed "broker.tls.keyFile" (agent {
    broker.tls.keyFile = "/nix/store/11111111111111111111111111111111-key";
  });
  "logins in the store" = failed "netrcFile" (agent {
    netrcFile = "/nix/store/11111111111111111111111111111111-netrc";
  });
  "a field that is missing" = failed "probes.Web.url" (web { kind = "http"; });
  "a port that is missing" = failed "probes.Web.port" (web { kind = "tcp"; host = "nuc"; });
  "a field of another kind" = failed "probes.Web.port" (web { kind = "broker"; port = 1883; });
  "no units" = failed "probes.Web.units" (web { kind = "units"; units = [ ]; });
  "a program without its path" = failed "probes.Web.program" (web {
    kind = "command";
    program = [ "true" ];
  });
  "too long a name" = failed "probes" (agent {
    probes."a probe whose name does not fit into a report".kind = "cache";
  });
  "too many probes" = failed "probes" (agent {
    probes = builtins.listToAttrs (
      builtins.genList (index: {
        name = "cache ${toString index}";
        value.kind = "cache";
      }) 17
    );
  });
  "its own witness" = failed "witness.rp4" (agent { witness.rp4.probes.Cache.kind = "cache"; });
  "a witness of no host" = failed "witness.RP" (agent { witness.RP.probes.Cache.kind = "cache"; });
  "a witness that looks at nothing" = failed "witness.nuc.probes" (agent { witness.nuc.probes = { }; });
  "a witness's probe without its port" = failed "witness.nuc.probes.MQTT.port" (agent {
    witness.nuc.probes.MQTT = { kind = "tcp"; host = "nuc"; };
  });
  "units that settle for longer than they may take" = failed "probes.Web.settle" (web {
    kind = "units";
    units = [ "app.service" ];
    settle = "2m";
  });
  "a host that is missed before it is looked at" = failed "witness.nuc.away.after" (agent {
    witness.nuc = {
      every = "1m";
      probes.Cache.kind = "cache";
      away = { server = "https://ntfy.sh"; topic = "home"; after = "1m"; };
    };
  });
  "a token in the store" = failed "witness.nuc.away.tokenFile" (agent {
    witness.nuc = {
      probes.Cache.kind = "cache";
      away.server = "https://ntfy.sh";
      away.topic = "home";
      away.tokenFile = "/nix/store/11111111111111111111111111111111-token";
    };
  });
  "a notice on a machine nobody sits at" = failed "laptop.notice" (agent {
    laptop.notice.program = [ "/notify-send" ];
  });
  "a notice without its program's path" = failed "laptop.notice.program" (agent {
    profile = "laptop";
    laptop.notice.program = [ "notify-send" ];
  });

  "the public cache only" = warned "substituters" {
    nix.settings.substituters = mkForce [ "https://cache.nixos.org/" ];
  };
  "one release key" = warned "releaseKeys" (agent {
    releaseKeys = mkForce [ "ci-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" ];
  });
  "one hub key" = warned "hubKeys" (agent { hubKeys = mkForce [ hubKey ]; });
  "an anonymous broker for an active host" = warned "broker.passwordFile" (agent { mode = "active"; });
}
