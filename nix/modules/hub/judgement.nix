# What single values cannot show: options that do not go together, and what is allowed but should be known.
{
  config,
  lib,
  ...
}:
let
  cfg = config.services.nixwave.hub;
  inherit (cfg) broker;
  at = name: "services.nixwave.hub.${name}";
  unless = message: assertion: { inherit assertion message; };
  isOwn = cfg.nodeRed == "own";
  isEmbedded = broker.kind == "embedded";
  # Of the flow in the store, which may hold no secret.
  firstSecrets = {
    "broker.passwordFile" = broker.passwordFile;
    "ntfy.tokenFile" = cfg.ntfy.tokenFile;
    "release.tokenFile" = cfg.release.tokenFile;
  };
  secrets = firstSecrets // {
    "editor.keyFile" = cfg.editor.keyFile;
    "broker.passwordFolder" = broker.passwordFolder;
  };
  state = if isOwn then cfg.stateFolder else config.services.node-red.userDir;
  isBelow = folder: outer: lib.hasPrefix "${outer}/" "${folder}/";
  names = [
    broker.user
    "ci"
  ]
  ++ broker.people
  ++ cfg.hosts;
  hasTls = listener: (listener.settings.certfile or null) != null;
  inherit (config.networking) firewall;
  isLetIn = port: !firewall.enable || builtins.elem port firewall.allowedTCPPorts;
  isOpen = address: builtins.match "(127\\..*|localhost|\\[::1]):[0-9]+" address == null;
in
{
  config = lib.mkIf cfg.enable {
    assertions = [
      (unless "${at "broker.kind"} = \"embedded\" needs ${at "nodeRed"} = \"own\": it is a part of the hub's own process." (
        !isEmbedded || isOwn
      ))
      (unless "${at "broker.url"} is needed by kind \"other\", and by no other kind." (
        (broker.kind == "other") == (broker.url != null)
      ))
      (unless "${at "broker.url"} of ${at "nodeRed"} = \"service\" is mqtt:// or mqtts:// with a host's name or IPv4 address." (
        isOwn || broker.url == null || builtins.match "mqtts?://[^:/]+(:[0-9]+)?/?" broker.url != null
      ))
      (unless "${at "flow"} of ${at "nodeRed"} = \"service\" is read while the system is evaluated: give one in the store, such as \"\${./flow.json}\"." (
        isOwn || !lib.hasPrefix "/" cfg.flow || lib.hasPrefix "${builtins.storeDir}/" cfg.flow
      ))
      (unless "${at "broker.mqtt"} and mqttTls are empty: nobody could reach the embedded broker." (
        !isEmbedded || broker.mqtt != [ ] || broker.mqttTls != [ ]
      ))
      (unless "${at "broker.mqttTls"} needs ${at "editor.certFile"} and keyFile." (
        broker.mqttTls == [ ] || cfg.editor.certFile != null
      ))
      (unless "${at "broker.passwordFile"} is of no use to the embedded broker, which makes its own accounts." (
        !isEmbedded || broker.passwordFile == null
      ))
      (unless "${at "broker.port"} and openPort are the same." (
        broker.kind != "mosquitto" || broker.port != broker.openPort
      ))
      (unless "${at "broker.people"}, hosts and user: an account is named twice." (
        broker.kind != "mosquitto" || lib.unique names == names
      ))
      (unless "${at "editor.certFile"} and keyFile belong together." (
        (cfg.editor.certFile == null) == (cfg.editor.keyFile == null)
      ))
      (unless "${at "carriers"} names a host that is not in ${at "hosts"}." (
        lib.subtractLists cfg.hosts cfg.carriers == [ ]
      ))
      (unless "${at "hosts"} names a host twice." (lib.unique cfg.hosts == cfg.hosts))
      (unless "${at "ntfy.tokenFile"} needs ${at "ntfy.topic"}." (
        cfg.ntfy.tokenFile == null || cfg.ntfy.topic != null
      ))
      (unless "${at "release.tokenFile"} needs ${at "release.url"}." (
        cfg.release.tokenFile == null || cfg.release.url != null
      ))
      (unless "${at "backup.folder"} lies in ${state}, which it is to hold." (
        cfg.backup.folder == null || !isBelow cfg.backup.folder state
      ))
    ]
    ++ lib.mapAttrsToList (
      name: file:
      unless "${at name} lies in the Nix store, where everybody can read it." (
        file == null || !lib.hasPrefix "/nix/store/" file
      )
    ) secrets
    ++ lib.optionals (!isOwn) (
      lib.mapAttrsToList (
        name: file:
        unless "${at name} cannot be put into a flow of ${at "nodeRed"} = \"service\", which lies in the store: give it in the editor." (
          file == null
        )
      ) firstSecrets
    );

    warnings =
      lib.optional (isOwn && cfg.releaseKeys == [ ])
        "${at "releaseKeys"} is empty: the first start makes CI's key on this machine, where it should not stay. `nixwave init` makes one for CI and a spare."
      ++ lib.optional (builtins.length cfg.releaseKeys == 1)
        "${at "releaseKeys"} has one key: add the spare, which is kept offline."
      ++ lib.optional (cfg.hosts == [ ])
        "${at "hosts"} is empty: the hub has nobody to deploy to."
      ++ lib.optional (isEmbedded && isOwn && builtins.filter isOpen broker.mqtt != [ ] && broker.mqttTls == [ ])
        "${at "broker.mqtt"}: passwords of hosts go over the network in the clear. With ${at "broker.mqttTls"} they do not."
      # The final list: whoever brings a listener with TLS of their own is not told.
      ++ lib.optional
        (
          broker.kind == "mosquitto"
          && isLetIn broker.port
          && !builtins.any hasTls config.services.mosquitto.listeners
        )
        "${at "broker.port"}: no listener of services.mosquitto has TLS, ${toString broker.port} neither: passwords of hosts go over the network in the clear. docs/nixos-hub.md says how a listener with TLS is added."
      ++ lib.optional (broker.kind != "embedded" && isOwn && broker.passwordFile == null)
        "${at "broker.passwordFile"} is null: every client of an anonymous broker can delay hosts and speak in their name."
      ++ lib.optional (cfg.backup.folder == null)
        "${at "backup.folder"} is null: when this disk is lost, the hub's key and the flow are.";
  };
}
