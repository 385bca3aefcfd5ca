# What single values cannot show: fields that do not go together, and what is allowed but should be known.
{
  config,
  lib,
  ...
}:
let
  cfg = config.services.nixwave.agent;
  words = import ../words.nix { inherit lib; };
  at = name: "services.nixwave.agent.${name}";
  unless = message: assertion: { inherit assertion message; };
  isNull = value: value == null;

  fieldsOf = {
    units = {
      needs = [ "units" ];
      knows = [ "settle" ];
    };
    tcp = {
      needs = [
        "host"
        "port"
      ];
      knows = [ ];
    };
    http = {
      needs = [ "url" ];
      knows = [
        "status"
        "contains"
      ];
    };
    command = {
      needs = [ "program" ];
      knows = [ ];
    };
    broker = {
      needs = [ ];
      knows = [ ];
    };
    cache = {
      needs = [ ];
      knows = [ ];
    };
  };
  particular = lib.unique (builtins.concatMap ({ needs, knows }: needs ++ knows) (builtins.attrValues fieldsOf));
  probeFaults =
    where: name: probe:
    let
      inherit (fieldsOf.${probe.kind}) needs knows;
      settle = if isNull probe.settle then "5s" else probe.settle;
      within = if isNull probe.within then "60s" else probe.within;
      place = at "${where}.${name}";
    in
    map (field: unless "${place}.${field} is needed by kind ${probe.kind}." (!isNull probe.${field})) needs
    ++ map (field: unless "${place}.${field} is nothing that kind ${probe.kind} knows." (isNull probe.${field})) (
      lib.subtractLists (needs ++ knows) particular
    )
    ++ [
      (unless "${place}: a probe's name is 1 to 40 characters." (
        words.shortText.check name
      ))
      (unless "${place}.units is empty." (probe.units != [ ]))
      (unless "${place}.settle is not shorter than within." (
        probe.kind != "units" || words.milliseconds settle < words.milliseconds within
      ))
      (unless "${place}.program must begin with the absolute path of a program." (
        isNull probe.program
        || (probe.program != [ ] && lib.hasPrefix "/" (builtins.head probe.program))
      ))
    ];
  probesFaults = where: probes: builtins.concatLists (lib.mapAttrsToList (probeFaults where) probes);
  witnessFaults =
    host: witness:
    [
      (unless "${at "witness.${host}"} names this host itself." (host != cfg.host))
      (unless "${at "witness.${host}"} is no host's name." (words.hostName.check host))
      (unless "${at "witness.${host}.probes"} has not 1 to 8 probes." (
        witness.probes != { } && builtins.length (builtins.attrNames witness.probes) <= 8
      ))
      (unless "${at "witness.${host}.away.after"} is not longer than every." (
        isNull witness.away || words.milliseconds witness.away.after > words.milliseconds witness.every
      ))
    ]
    ++ probesFaults "witness.${host}.probes" witness.probes;

  otherAgents =
    lib.optional (config.services.cachix-agent.enable or false) "services.cachix-agent"
    ++ lib.optional (config.services.comin.enable or false) "services.comin"
    ++ lib.optional (config.system.autoUpgrade.enable or false) "system.autoUpgrade";
  isSecure = builtins.match "(mqtts|wss)://.*" cfg.broker.url != null;
  inherit (cfg.broker) tls;
  hasTls = !(isNull tls.caFile && isNull tls.certFile && isNull tls.keyFile);
  tokens = lib.mapAttrs' (host: { away, ... }: {
    name = "witness.${host}.away.tokenFile";
    value = if isNull away then null else away.tokenFile;
  }) cfg.witness;
  secrets = tokens // {
    "broker.passwordFile" = cfg.broker.passwordFile;
    "broker.tls.keyFile" = tls.keyFile;
    inherit (cfg) netrcFile;
  };
  material = map (key: builtins.elemAt (builtins.match "[^:]*:(.*)" key) 0);
  releaseKeys = lib.unique (material cfg.releaseKeys);
  hubKeys = lib.unique (material cfg.hubKeys);
  publicCache = "https://cache.nixos.org";
  privateCaches = builtins.filter (url: !lib.hasPrefix publicCache url) cfg.substituters;
in
{
  config = lib.mkIf cfg.enable {
    assertions = [
      (unless "${at "mode"} = \"active\" and ${builtins.concatStringsSep " and " otherAgents} at once: two agents would undo each other's work. Turn the other off on this host, or stay with \"observe\"." (
        cfg.mode == "observe" || otherAgents == [ ]
      ))
      (unless "${at "releaseKeys"} is empty: nothing could ever be accepted." (cfg.releaseKeys != [ ]))
      (unless "${at "hubKeys"} is empty: nobody could say when." (cfg.hubKeys != [ ]))
      (unless "${at "releaseThreshold"} asks for more signatures than ${at "releaseKeys"} has keys." (
        cfg.releaseThreshold <= builtins.length releaseKeys || releaseKeys == [ ]
      ))
      (unless "${at "hubKeys"} has a key of releaseKeys: who says when must not say what." (
        lib.intersectLists releaseKeys hubKeys == [ ]
      ))
      (unless "${at "substituters"} is empty: set it, or nix.settings.substituters." (
        cfg.substituters != [ ]
      ))
      (unless "${at "cacheKeys"} is empty: set it, or nix.settings.trusted-public-keys." (
        cfg.cacheKeys != [ ]
      ))
      (unless "${at "broker.tls"} is of no use with ${cfg.broker.url}: only mqtts:// and wss:// are encrypted." (
        isSecure || !hasTls
      ))
      (unless "${at "broker.tls"}: certFile and keyFile belong together." (
        isNull tls.certFile == isNull tls.keyFile
      ))
      (unless "${at "laptop.notice"} needs ${at "profile"} = \"laptop\"." (
        isNull cfg.laptop.notice || cfg.profile == "laptop"
      ))
      (unless "${at "laptop.notice.program"} must begin with the absolute path of a program." (
        isNull cfg.laptop.notice
        || (
          cfg.laptop.notice.program != [ ]
          && lib.hasPrefix "/" (builtins.head cfg.laptop.notice.program)
        )
      ))
      (unless "${at "probes"} has more than 16 probes." (
        builtins.length (builtins.attrNames cfg.probes) <= 16
      ))
    ]
    ++ lib.mapAttrsToList (
      name: file:
      unless "${at name} lies in the Nix store, where everybody can read it." (
        isNull file || !lib.hasPrefix "/nix/store/" file
      )
    ) secrets
    ++ probesFaults "probes" cfg.probes
    ++ builtins.concatLists (lib.mapAttrsToList witnessFaults cfg.witness);

    warnings =
      lib.optional (cfg.substituters != [ ] && privateCaches == [ ])
        "${at "substituters"} has the public cache only, which does not hold this home's systems. Add your own to nix.settings.substituters, and its key to nix.settings.trusted-public-keys."
      ++ lib.optional (builtins.length releaseKeys == 1)
        "${at "releaseKeys"} has one key: when it is lost, no release reaches this host any more. Add a second one that is kept offline."
      ++ lib.optional (builtins.length hubKeys == 1)
        "${at "hubKeys"} has one key: when it is lost, nobody can order anything here any more. Add a second one that is kept offline."
      ++ lib.optional (cfg.mode == "active" && isNull cfg.broker.passwordFile && isNull tls.keyFile)
        "${at "broker.passwordFile"} is null in active mode: every client of an anonymous broker can delay this host and speak in its name, though not choose what runs.";
  };
}
