# The host. `system.build.good` and `system.build.bad` are what its releases bring: only the hub's cache has
# them, and the host fetches them from there.
{
  extendModules,
  lib,
  pkgs,
  ...
}:
let
  keys = import ./keys.nix;
  changed = module: (extendModules { modules = [ module ]; }).config.system.build.toplevel;
in
{
  imports = [ ../modules/agent.nix ];

  services.nixwave.agent = {
    enable = true;
    mode = "active";
    fleet = "home";
    broker.url = "mqtt://hub:8883";
    broker.passwordFile = "/etc/nixwave/credentials";
    releaseKeys = [
      keys.ci.public
      keys.spareCi
    ];
    hubKeys = [
      keys.hub.public
      keys.spareHub
    ];
    probes.Broker.kind = "broker";
    probeLimit = "30s";
  };
  environment.systemPackages = [ pkgs.jq ];
  environment.etc."nixwave/credentials" = {
    text = "rp4-password";
    mode = "0400";
  };
  nix.settings = {
    substituters = lib.mkForce [ "http://hub:5000" ];
    trusted-public-keys = lib.mkForce [ keys.cache.public ];
  };

  system.build.good = changed { environment.etc."release".text = "good"; };
  system.build.bad = changed {
    environment.etc."release".text = "bad";
    services.nixwave.agent.probes.Broken = {
      kind = "tcp";
      host = "localhost";
      port = 9;
    };
  };

  # A real boot loader, for what boots next is read from it; tests have no switch-to-configuration of their own.
  system.switch.enable = true;
  virtualisation.useBootLoader = true;
  virtualisation.useEFIBoot = true;
  virtualisation.memorySize = 1536;
  virtualisation.diskSize = 4096;
  boot.loader.systemd-boot.enable = true;
  boot.loader.efi.canTouchEfiVariables = true;
  boot.loader.timeout = lib.mkForce 0;
  # No time server is reached in a test, and a host whose clock is not set waits; the machine's own is right.
  systemd.tmpfiles.rules = [
    "d /run/systemd/timesync 0755 root root -"
    "f /run/systemd/timesync/synchronized 0644 root root -"
  ];
}
