# services.nixwave.hub: what the configuration of the hub's machine may say. What stands below "first" fills the
# first flow only; from then on the flow is the house's own and says it all (docs/hub.md).
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
  unitWords = import ./unit-words.nix { inherit lib; };
  option = type: default: description: mkOption { inherit type default description; };
  maybe = type: option (types.nullOr type) null;
  name = words.textLike "name of a-z, A-Z, 0-9, . _ and -" "[A-Za-z0-9._-]{1,63}";
  # systemd takes no `..` for a folder that it makes, and judgement.nix could not see what lies in what.
  folder = words.named "absolute path as a text, of a-z, A-Z, 0-9, . _ and -, without . and .. as a name" (
    types.addCheck (types.strMatching "(/[A-Za-z0-9._-]+)+") (
      text: builtins.match "(.*/)?\\.\\.?(/.*)?" text == null
    )
  );
  # As src/cli/listen-address.ts reads it.
  address = words.named "address such as 127.0.0.1:1883, 0.0.0.0:1883 or [::]:1883, port from 1024 to 65535" (
    types.addCheck (types.strMatching "(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9.-]+):[0-9]{1,5}") (
      text: port.check (unitWords.portOf text)
    )
  );
  # As parseMosquittoTopic of src/broker/mosquitto-acl.ts reads it: one that reaches onto the wire would let everybody speak for
  # hub and hosts. No `%` either: mosquitto puts the name that a client gives itself in the place of %c.
  deviceTopic = words.named "topic filter outside of nixwave/" (
    types.addCheck
      (types.strMatching "[^$+#/%[:cntrl:]]*(/([^$+#/%[:cntrl:]]*|\\+))*(/#)?")
      (text: text != "" && builtins.match "nixwave(/.*)?" text == null)
  );
  # Below 1024 only root may listen, and the hub is nobody.
  port = types.ints.between 1024 65535;
  # As src/contract/release-address.ts takes it.
  releaseUrl = words.textLike "https:// URL without credentials, or http:// of this machine" "https://[^@[:space:]]+|http://(localhost|127(\\.[0-9]{1,3}){3}|\\[::1])([:/][^@[:space:]]*)?";
  ours = import ../../packages { inherit pkgs; };
in
{
  options.services.nixwave.hub = {
    enable = mkEnableOption "the hub of a home on this machine";
    package = mkOption {
      type = types.package;
      default = pkgs.nixwave.cli or ours.cli;
      defaultText = literalExpression "pkgs.nixwave.cli of the overlay, or the same without it";
      description = "Brings bin/nixwave.";
    };
    nodesPackage = mkOption {
      type = types.package;
      default = pkgs.nixwave.node-red-nodes or ours.node-red-nodes;
      defaultText = literalExpression "pkgs.nixwave.node-red-nodes of the overlay, or the same without it";
      description = "Brings lib/node_modules/@nixwave/node-red, for nodeRed = \"service\".";
    };
    nodeRed = option (types.enum [
      "own"
      "service"
    ]) "own" "own: a unit of its own, Node-RED within `nixwave hub`. service: services.node-red gets the nodes.";
    stateFolder = option folder "/var/lib/nixwave-hub" "Keys, accounts, flow and journal, of nodeRed = \"own\". Where the root is emptied at boot: a folder that stays.";

    editor = {
      address = option (words.textLike "address such as 127.0.0.1 or ::" "[0-9a-fA-F:.]+|[A-Za-z0-9.-]+") "127.0.0.1" "Of Node-RED's editor and the fleet page.";
      port = option port 1880 "Its port.";
      certFile = maybe words.file "PEM of a certificate, for editor and MQTT over TLS.";
      keyFile = maybe words.file "Its key; mode 0400, root's.";
    };

    broker = {
      kind = option (types.enum [
        "embedded"
        "mosquitto"
        "other"
      ]) "embedded" "embedded: in the hub's own process. mosquitto: services.mosquitto with generated listeners. other: url.";
      mqtt = option (types.listOf address) [ "127.0.0.1:1883" ] "Of the embedded one: plain MQTT. Beside mqttTls it may be empty: then 127.0.0.1:1883, for the hub itself.";
      mqttTls = option (types.listOf address) [ ] "Of the embedded one: over TLS.";
      anonymous = option types.bool false "Sensors without a user name may use the device topics.";
      url = maybe words.brokerUrl "Where the hub reaches kind = \"other\".";
      user = option name "hub" "The hub's account, of a broker that is not embedded.";
      passwordFile = maybe words.file "Its password and nothing else; mode 0400, root's.";
      port = option port 8883 "Of mosquitto: for Nixwave's accounts.";
      openPort = option (types.nullOr port) 1883 "Of mosquitto: for sensors without a user name, with anonymous.";
      people = option (types.listOf name) [ "me" ] "Of mosquitto: accounts of people.";
      deviceTopics = maybe (types.listOf deviceTopic) "Of mosquitto: what sensors use and the hub reads; the usual ones when null.";
      passwordFolder = option words.file "/etc/nixwave/mqtt" "Of mosquitto: a file NAME.password, or NAME.hash, for each account.";
      passwords = option (types.enum [
        "plain"
        "hashed"
      ]) "plain" "hashed: what mosquitto_passwd writes behind the name and the colon.";
    };

    fleet = option words.fleet "home" "First: whose machines. As CI signs.";
    channel = option words.channel "main" "First: the line of releases.";
    hosts = option (types.listOf words.hostName) [ ] "First: the hosts in their turn. Each has an account on the broker.";
    carriers = option (types.listOf words.hostName) [ ] "First: which of them carry broker or hub.";
    releaseKeys = option (types.listOf words.publicKey) [ ] "First: CI's public keys.";
    flow = option (types.either (types.enum [
      "minimal"
      "homelab"
      "with-approval"
    ]) words.file) "minimal" "First: one of ours, or a file; with nodeRed = \"service\" one in the store, such as \"\${./flow.json}\".";
    language = option (types.enum [
      "en"
      "de"
    ]) "en" "First: of what people read.";
    timeZone = mkOption {
      type = types.nullOr words.timeZone;
      default = config.time.timeZone;
      defaultText = literalExpression "config.time.timeZone";
      description = "First: of windows and quiet hours; the system's own when null.";
    };
    ntfy = {
      topic = maybe words.ntfyTopic "First: where the phone listens.";
      server = option words.ntfyServer "https://ntfy.sh" "First: its server.";
      tokenFile = maybe words.file "First: its access token; mode 0400, root's.";
    };
    release = {
      url = maybe releaseUrl "First: where releases are fetched, when CI does not bring them.";
      every = option (words.durationBetween "30s" "1d") "5m" "First: how often.";
      tokenFile = maybe words.file "First: a token for that address; mode 0400, root's.";
    };

    backup = {
      folder = maybe folder "Dated copies of all that the hub has, keys too; none when null.";
      keep = option (types.ints.between 1 10000) 14 "How many stay.";
      at = option (words.textLike "OnCalendar of systemd.time(7)" "[^\n%]{1,80}") "*-*-* 03:40:00" "When.";
    };
    openFirewall = option types.bool false "For the editor and the broker.";
    memoryLimit = option words.memorySize "768M" "Of the hub; more ends it, and systemd starts it anew.";

    rendered = mkOption {
      type = types.anything;
      internal = true;
      readOnly = true;
      description = "The command line of the hub, and the first flow of services.node-red.";
    };
  };
}
