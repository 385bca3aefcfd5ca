# One probe (docs/host.md; agent/probe/probe-config.ts). Which fields belong to which kind: judgement.nix.
{ lib, kinds }:
let
  inherit (lib) mkOption types;
  words = import ../words.nix { inherit lib; };
  maybe =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
in
types.submodule {
  options = {
    kind = mkOption {
      type = types.enum kinds;
      description = "What is looked at.";
    };
    units = maybe (types.listOf words.unitName) "For units: those that must be active and must not restart.";
    settle = maybe (words.durationBetween "0s" "10m") "For units: for how long.";
    host = maybe types.str "For tcp: name or address.";
    port = maybe (types.ints.between 1 65535) "For tcp.";
    url = maybe words.httpUrl "For http.";
    status = maybe (types.either (types.ints.between 100 599) (
      words.textLike "range such as 200..299" "[1-5][0-9][0-9]\\.\\.[1-5][0-9][0-9]"
    )) "For http: the status that counts as well; 200 to 399 when null.";
    contains = maybe (words.textLike "1 to 200 characters" ".{1,200}") "For http: a text in the answer's beginning.";
    program = maybe (types.listOf types.str) "For command: program and arguments; no shell reads them. It runs as root.";
    timeout = maybe (words.durationBetween "100ms" "10m") "Of one try; 5s when null, 30s for command.";
    retries = maybe (types.ints.between 0 1000) "Tries after the first; as many as fit into `within` when null.";
    within = maybe (words.durationBetween "100ms" "15m") "Of all tries; 60s when null.";
  };
}
