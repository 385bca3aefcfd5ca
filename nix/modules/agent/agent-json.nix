# The configuration as agent/config.ts parses it: strict, so a field too much is a fault as well.
# `secret name file` says where the reader finds a secret: the agent in its credentials, root in the file.
{
  lib,
  cfg,
  system,
  secret,
}:
let
  given = lib.filterAttrs (_: value: value != null);
  probesOf = lib.mapAttrsToList (name: probe: given probe // { inherit name; });
  hiddenIn = name: file: if file == null then null else secret name file;
  tls = given {
    inherit (cfg.broker.tls) caFile certFile;
    keyFile = hiddenIn "mqtt-key" cfg.broker.tls.keyFile;
  };
  windowOf =
    { days, from, to }: { inherit from to; } // lib.optionalAttrs (days != [ ]) { inherit days; };
  guards =
    given {
      window = if cfg.guards.window == [ ] then null else map windowOf cfg.guards.window;
      inherit (cfg.guards) minInterval maxPerDay;
    }
    // lib.optionalAttrs (cfg.profile == "laptop") {
      laptop = given { inherit (cfg.laptop) minBatteryPercent notice; };
    };
in
given {
  inherit system guards;
  inherit (cfg)
    fleet
    host
    channel
    mode
    releaseKeys
    releaseThreshold
    hubKeys
    trustEpoch
    serialFloor
    rollbackWindow
    substituters
    cacheKeys
    caFile
    pullJobs
    pullLimit
    stallLimit
    switchLimit
    probeLimit
    lease
    timeZone
    rebootToRecover
    publishLog
    ;
  broker = cfg.broker.url;
  inherit (cfg.broker) base;
  passwordFile = hiddenIn "mqtt-password" cfg.broker.passwordFile;
  tls = if tls == { } then null else tls;
  netrcFile = hiddenIn "netrc" cfg.netrcFile;
  probes = probesOf cfg.probes;
  witness = lib.mapAttrsToList (
    host:
    {
      every,
      probes,
      away,
    }:
    given {
      inherit host every;
      probes = probesOf probes;
      away =
        if away == null then
          null
        else
          given (away // { tokenFile = hiddenIn "away-${host}" away.tokenFile; });
    }
  ) cfg.witness;
}
