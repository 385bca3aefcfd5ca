# One wrong value for each option: [ option value ]. The message must name the option.
let
  key = "k-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  probe = field: value: [
    "probes.Web.${field}"
    value
  ];
in
[
  [ "enable" "yes" ]
  [ "package" "nixwave" ]
  [ "mode" "actve" ]
  [ "profile" "notebook" ]
  [ "fleet" "my home" ]
  [ "host" "RP4" ]
  [ "channel" "main branch" ]
  [ "broker.url" "nuc.lan:1883" ]
  [ "broker.url" "mqtt://rp4:secret@nuc.lan" ]
  [ "broker.base" "nixwave/v1/" ]
  [ "broker.passwordFile" ./base.nix ]
  [ "broker.tls.caFile" "ca.pem" ]
  [ "broker.tls.certFile" "cert.pem" ]
  [ "broker.tls.keyFile" ./base.nix ]
  [ "releaseKeys" [ key ] ]
  [ "releaseThreshold" 0 ]
  [ "hubKeys" [ "hub-1" ] ]
  [ "trustEpoch" 0 ]
  [ "serialFloor" (-1) ]
  [ "rollbackWindow" "30 days" ]
  [ "substituters" [ "someone.cachix.org" ] ]
  [ "cacheKeys" [ "someone.cachix.org-1" ] ]
  [ "netrcFile" ./base.nix ]
  [ "caFile" "home-ca.pem" ]
  [ "pullJobs" 0 ]
  [ "pullLimit" "8d" ]
  [ "stallLimit" "0s" ]
  [ "switchLimit" "15" ]
  [ "probeLimit" "2h" ]
  [ "lease" "30s" ]
  [ "probes" [ "http" ] ]
  (probe "kind" "ping")
  (probe "units" [ "nginx" ])
  (probe "settle" "11m")
  (probe "host" 1)
  (probe "port" 0)
  (probe "url" "ftp://localhost/")
  (probe "status" "2xx")
  (probe "contains" "")
  (probe "program" "/bin/true")
  (probe "timeout" "50ms")
  (probe "retries" (-1))
  (probe "within" "1h")
  (probe "speed" "fast")
  [ "witness" [ "nuc" ] ]
  [ "witness.nuc.every" "1s" ]
  [ "witness.nuc.probes.Camera.kind" "command" ]
  [ "witness.nuc.away.server" "https://ntfy.sh/topic" ]
  [ "witness.nuc.away.topic" "my topic" ]
  [ "witness.nuc.away.tokenFile" ./base.nix ]
  [ "witness.nuc.away.after" "5s" ]
  [ "witness.nuc.away.language" "fr" ]
  [ "guards.window" [ { from = "24:00"; to = "06:00"; } ] ]
  [ "guards.window" [ { from = "22:00"; to = "6:00"; } ] ]
  [ "guards.window" [ { days = [ "sunday" ]; from = "22:00"; to = "06:00"; } ] ]
  [ "guards.window" [ { from = "22:00"; } ] ]
  [ "guards.minInterval" "32d" ]
  [ "guards.maxPerDay" 51 ]
  [ "laptop.minBatteryPercent" 101 ]
  [ "laptop.notice" "notify-send" ]
  [ "laptop.notice.program" "notify-send" ]
  [ "laptop.notice.wait" "1s" ]
  [ "laptop.notice.later" "2d" ]
  [ "laptop.notice.most" 0 ]
  [ "laptop.notice.language" "fr" ]
  [ "timeZone" "Central European Time" ]
  [ "rebootToRecover" "yes" ]
  [ "publishLog" "no" ]
  [ "memoryLimit" "192 MiB" ]
  [ "spelling" true ]
]
