# The machine with the hub. Its own hardware-configuration.nix belongs here too.
{ inputs, config, ... }:
{
  imports = [ inputs.nixwave.nixosModules.hub ];

  nixpkgs.hostPlatform = "x86_64-linux";
  boot.loader.systemd-boot.enable = true;
  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };
  system.stateVersion = "26.05";

  # Copy hub/ of `nixwave init` to /var/lib/nixwave-hub before its first start: its key, and the broker's accounts.
  services.nixwave.hub = {
    enable = true;
    hosts = [
      "rp4"
      "nuc"
    ];
    carriers = [ "nuc" ];
    inherit (config.services.nixwave.agent) fleet channel releaseKeys;
    # Where the workflow leaves what it signs; its summary says the address.
    release.url = "https://github.com/OWNER/REPOSITORY/releases/download/nixwave/main.json";
    broker.mqtt = [ "0.0.0.0:1883" ];
    openFirewall = true;
    backup.folder = "/var/backup/nixwave-hub"; # better on another disk
  };

  services.nixwave.agent.probes.Hub = {
    kind = "tcp";
    host = "localhost";
    port = 1880;
  };
}
