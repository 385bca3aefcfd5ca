# The machine with mosquitto, the hub, and the binary cache.
{ cli }:
{
  nodes,
  pkgs,
  ...
}:
let
  keys = import ./keys.nix;
  state = "/var/lib/nixwave-hub";
  account = name: {
    name = "nixwave/mqtt/${name}.password";
    # For whoever reads it: the one secret of this home that matters is none.
    value = {
      text = "${name}-password";
      mode = "0444";
    };
  };
in
{
  imports = [ ../modules/hub.nix ];

  services.nixwave.hub = {
    enable = true;
    package = cli;
    broker.kind = "mosquitto";
    broker.passwordFile = "/etc/nixwave/mqtt/hub.password";
    fleet = "home";
    hosts = [ "rp4" ];
    releaseKeys = [
      keys.ci.public
      keys.spareCi
    ];
    flow = "minimal";
    backup.folder = "/var/lib/nixwave-backup";
    openFirewall = true;
  };
  environment.etc = builtins.listToAttrs (
    map account [
      "ci"
      "hub"
      "me"
      "rp4"
    ]
  );
  # The key that the host trusts is there before the first start; CI and a person have secrets of mode 600.
  systemd.tmpfiles.rules = [
    "d ${state} 0700 nixwave-hub nixwave-hub -"
    "d ${state}/keys 0700 nixwave-hub nixwave-hub -"
    "f ${state}/keys/hub.secret 0600 nixwave-hub nixwave-hub - ${keys.hub.secret}"
    "f /var/lib/ci.secret 0600 root root - ${keys.ci.secret}"
    "f /var/lib/ci.password 0600 root root - ci-password"
    "f /var/lib/me.password 0600 root root - me-password"
  ];

  services.nix-serve = {
    enable = true;
    secretKeyFile = "${pkgs.writeText "cache.secret" keys.cache.secret}";
  };
  networking.firewall.allowedTCPPorts = [ 5000 ];
  # The store has them; no release names what is not there.
  virtualisation.additionalPaths = [
    nodes.rp4.system.build.good
    nodes.rp4.system.build.bad
  ];
  virtualisation.memorySize = 1536;
}
