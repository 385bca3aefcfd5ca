# The types of single texts, as the parsers of agent and hub read them. What is wrong here is said
# when the system is evaluated; what only the parser on the host would refuse would be said too late.
{ lib }:
let
  inherit (lib) types;
  inMs = {
    ms = 1;
    s = 1000;
    m = 60000;
    h = 3600000;
    d = 86400000;
  };
  part = "0*([0-9]+)(ms|s|m|h|d)";
  milliseconds =
    text:
    builtins.foldl' (
      sum: found:
      sum + builtins.fromJSON (builtins.elemAt found 0) * inMs.${builtins.elemAt found 1}
    ) 0 (builtins.filter builtins.isList (builtins.split part text));
  isDuration = text: builtins.match "([0-9]{1,9}(ms|s|m|h|d))+" text != null;
in
rec {
  inherit milliseconds;
  named = description: type: type // { inherit description; };
  textLike = description: pattern: named description (types.strMatching pattern);

  durationBetween =
    least: most:
    named "duration such as 1h30m, from ${least} to ${most}" (
      types.addCheck types.str (
        text:
        isDuration text && milliseconds text >= milliseconds least && milliseconds text <= milliseconds most
      )
    );
  publicKey = textLike "public key, name:base64" "[A-Za-z0-9._-]+:[A-Za-z0-9+/]{43}=";
  hostName = textLike "host name of a-z, 0-9 and -, at most 63 long" "[a-z0-9-]{1,63}";
  # A text and no Nix path: a path would be copied into the store, where everybody reads it.
  file = textLike "absolute path as a text, outside the store" "/[^\n]*";
  httpUrl = textLike "http:// or https:// URL without credentials" "https?://[^@[:space:]]+";
  fleet = textLike "name such as github:someone/homelab" "[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}";
  channel = textLike "name of a-z, 0-9 and -" "[a-z0-9-]{1,63}";
  brokerUrl = textLike "mqtt://, mqtts://, ws:// or wss:// URL without credentials" "(mqtts?|wss?)://[^@?#[:space:]]+";
  ntfyServer = textLike "http:// or https:// address of a server, without credentials or path" "https?://[^@/?#[:space:]]+/?";
  ntfyTopic = textLike "topic of 1 to 64 letters, digits, _ and -" "[-_A-Za-z0-9]{1,64}";
  memorySize = textLike "size such as 768M" "[0-9]+[KMG]";
  # Whether there is one of that name, only the host can say.
  timeZone = textLike "time zone such as Europe/Berlin" "[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}";
  unitName = textLike "name of a unit such as nginx.service" "[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*\\.[a-z]+";
  shortText = textLike "1 to 40 characters in one line" "[^\n]{1,40}";
}
