# services.nixwave.agent: what a host's configuration may say (DESIGN 6: caches, probes and guards are its own).
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkEnableOption
    mkOption
    types
    ;
  words = import ../words.nix { inherit lib; };
  probeType = kinds: import ./probe-type.nix { inherit lib kinds; };
  settings = config.nix.settings;
  option = type: default: description: mkOption { inherit type default description; };
  needed = type: description: mkOption { inherit type description; };
  maybe = type: option (types.nullOr type) null;
  inherit (words) durationBetween;
  keys = option (types.listOf words.publicKey) [ ];
  window = types.submodule {
    options = {
      days = option (types.listOf (
        types.enum [
          "mon"
          "tue"
          "wed"
          "thu"
          "fri"
          "sat"
          "sun"
        ]
      )) [ ] "Every day when empty.";
      from = needed (words.textLike "time of day such as 22:30" "([01][0-9]|2[0-3]):[0-5][0-9]") "Opens.";
      to =
        needed (words.textLike "time of day such as 06:00, up to 24:00" "(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)")
          "Closes; before `from` it is on the next day.";
    };
  };
  away = types.submodule {
    options = {
      server = needed words.ntfyServer "An ntfy server that does not live on that host.";
      topic = needed words.ntfyTopic "Where it tells.";
      tokenFile = maybe words.file "Its access token; mode 0400, root's. Null: the topic is open.";
      after = option (durationBetween "10s" "1d") "20m" "Unreached for longer than this, the host is missed.";
      language = option (types.enum [
        "en"
        "de"
      ]) "en" "Of the message.";
    };
  };
  notice = types.submodule {
    options = {
      program = needed (types.listOf types.str) "Run as the person who sits there, with title and text as its last arguments.";
      wait = option (durationBetween "5s" "10m") "60s" "For an answer.";
      later = option (durationBetween "1m" "1d") "1h" "By how much one Later puts a trial off.";
      most = option (types.ints.between 1 24) 3 "How often an attempt is put off.";
      language = option (types.enum [
        "en"
        "de"
      ]) "en" "Of that person.";
    };
  };
in
{
  options.services.nixwave.agent = {
    enable = mkEnableOption "Nixwave on this host: agent, activator and deadman";
    package = mkOption {
      type = types.package;
      default = pkgs.nixwave.agent or (import ../../packages { inherit pkgs; }).agent;
      defaultText = literalExpression "pkgs.nixwave.agent of the overlay, or the same without it";
      description = "Brings bin/nixwave-agent and bin/nixwave-activator.";
    };
    mode = option (types.enum [
      "observe"
      "active"
    ]) "observe" "observe: stage, report and say what would have happened. active: try, keep and undo.";
    profile = option (types.enum [
      "server"
      "laptop"
    ]) "server" "laptop: no pull on metered links, no trial on a low battery or while sleep is blocked.";

    fleet = needed words.fleet "Whose machines; every signature names it.";
    host = mkOption {
      type = words.hostName;
      default = config.networking.hostName;
      defaultText = literalExpression "config.networking.hostName";
      description = "Also the MQTT user. Releases name the host so.";
    };
    channel = option words.channel "main" "The line of releases.";

    broker = {
      url = needed words.brokerUrl "The home's MQTT broker.";
      base = option (words.textLike "base topic such as nixwave/v1" "[A-Za-z0-9_-]{1,63}(/[A-Za-z0-9_-]{1,63}){0,7}") "nixwave/v1" "Above all topics.";
      passwordFile = maybe words.file "Holds the password of MQTT user `host` and nothing else; mode 0400, root's. Null: an anonymous broker.";
      tls.caFile = maybe words.file "PEM of the broker's own authority.";
      tls.certFile = maybe words.file "PEM of a client certificate.";
      tls.keyFile = maybe words.file "Its key; mode 0400, root's.";
    };

    releaseKeys = keys "Who may say what runs here (CI). Two at least: one of them offline.";
    releaseThreshold = option (types.ints.between 1 8) 1 "How many of them must have signed.";
    hubKeys = keys "Who may say when. Two at least: one of them offline.";
    trustEpoch = option (types.ints.between 1 1000000) 1 "Raised when keys are taken away for good.";
    serialFloor = option (types.ints.between 0 9007199254740991) 0 "No release below this serial is accepted.";
    rollbackWindow = option (durationBetween "0s" "3650d") "30d" "How old a committed system may be that the hub returns to; 0d: none.";

    substituters = mkOption {
      type = types.listOf (words.textLike "http://, https:// or file:// URL" "(https?|file)://[^[:space:]]+");
      default = lib.unique ((settings.substituters or [ ]) ++ (settings.extra-substituters or [ ]));
      defaultText = literalExpression "those of nix.settings";
      description = "Caches that closures come from. Orders never name one.";
    };
    cacheKeys = mkOption {
      type = types.listOf words.publicKey;
      default = lib.unique (
        (settings.trusted-public-keys or [ ]) ++ (settings.extra-trusted-public-keys or [ ])
      );
      defaultText = literalExpression "those of nix.settings";
      description = "Whose signature a path in the store must carry.";
    };
    netrcFile = maybe words.file "Logins of private caches; mode 0400, root's.";
    caFile = maybe words.file "PEM: authorities that caches and probes are trusted with beside the public ones.";
    pullJobs = maybe (types.ints.between 1 64) "Downloads at a time; by the host's memory when null.";
    pullLimit = option (durationBetween "1s" "7d") "2h" "Of one pull.";
    stallLimit = option (durationBetween "1s" "1d") "5m" "A pull without progress for so long is begun again.";
    switchLimit = option (durationBetween "1s" "1d") "15m" "Of switch-to-configuration.";
    probeLimit = option (durationBetween "1s" "1h") "2m" "Of all probes together.";
    lease = option (durationBetween "1m" "1d") "10m" "How long what `nixwave-agent apply` tries may run unconfirmed.";

    probes = option (types.attrsOf (probeType [
      "units"
      "tcp"
      "http"
      "command"
      "broker"
      "cache"
    ])) { } "What a new system must pass before it may stay, by a name for people.";
    witness = option (types.attrsOf (
      types.submodule {
        options = {
          every = option (durationBetween "5s" "1h") "60s" "From the end of one round to the next.";
          probes = needed (types.attrsOf (probeType [
            "tcp"
            "http"
            "broker"
            "cache"
          ])) "What this host looks at on the other, from outside.";
          away = maybe away "Tells an ntfy server elsewhere when none of these passes for long.";
        };
      }
    )) { } "By the other host's name.";
    guards = {
      window = option (types.listOf window) [ ] "Trials begin only inside one of these; at any time when empty.";
      minInterval = option (durationBetween "0s" "31d") "0s" "Between the beginnings of two trials.";
      maxPerDay = maybe (types.ints.between 1 50) "Trials in any 24 hours.";
    };
    laptop.minBatteryPercent = option (types.ints.between 0 100) 30 "With `profile = \"laptop\"`.";
    laptop.notice = maybe notice "Asks whoever sits there before a trial, with `profile = \"laptop\"`.";
    timeZone = mkOption {
      type = types.nullOr words.timeZone;
      default = config.time.timeZone;
      defaultText = literalExpression "config.time.timeZone";
      description = "Of the guards' windows; the system's own when null.";
    };
    rebootToRecover = option types.bool true "A way back that fails may reboot once into the old system.";
    publishLog = option types.bool false "Lines of activation output go to the broker.";
    memoryLimit = option words.memorySize "192M" "Of the agent; more ends it, and systemd starts it anew.";

    rendered = mkOption {
      type = types.anything;
      internal = true;
      readOnly = true;
      description = "What agent and activator read, what the system says of itself, and what is built: agent, activator, marker, files, programs.";
    };
  };
}
