# services.mosquitto with two listeners that share topics: Nixwave's accounts, and sensors without a user name.
# access.json is written by tools/access-for-nix.ts, out of the rules of the embedded broker.
{
  config,
  lib,
  ...
}:
let
  cfg = config.services.nixwave.hub;
  inherit (cfg) broker;
  access = builtins.fromJSON (builtins.readFile ./access.json);
  deviceTopics = if broker.deviceTopics == null then access.deviceTopics else broker.deviceTopics;
  naming = word: name: map (builtins.replaceStrings [ word ] [ name ]);
  account = name: acl: {
    inherit name;
    value = {
      inherit acl;
      ${if broker.passwords == "hashed" then "hashedPasswordFile" else "passwordFile"} =
        "${broker.passwordFolder}/${name}.${if broker.passwords == "hashed" then "hash" else "password"}";
    };
  };
in
{
  config = lib.mkIf (cfg.enable && broker.kind == "mosquitto") {
    services.mosquitto = {
      enable = true;
      inherit (access) settings;
      listeners = [
        {
          inherit (broker) port;
          users = builtins.listToAttrs (
            [
              (account broker.user (access.users.hub ++ map (topic: "read ${topic}") deviceTopics))
              (account "ci" access.users.ci)
            ]
            ++ map (person: account person (naming "PERSON" person access.users.PERSON)) broker.people
            ++ map (host: account host (naming "HOST" host access.users.HOST)) cfg.hosts
          );
        }
      ]
      ++ lib.optionals (broker.anonymous && broker.openPort != null) [
        {
          port = broker.openPort;
          omitPasswordAuth = true;
          settings.allow_anonymous = true;
          # `pattern` and not `topic`, which would bind only clients without a user name.
          acl = map (topic: "pattern readwrite ${topic}") deviceTopics ++ access.open;
        }
      ];
    };
  };
}
