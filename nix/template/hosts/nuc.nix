# The machine with the hub. Its own hardware-configuration.nix belongs here too.
{
  nixpkgs.hostPlatform = "x86_64-linux";
  boot.loader.systemd-boot.enable = true;
  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };
  system.stateVersion = "26.05";

  nix.settings = {
    substituters = [ "https://my-home.cachix.org" ];
    trusted-public-keys = [ ]; # "my-home.cachix.org-1:..."
  };

  services.nixwave.agent.probes.Hub = {
    kind = "tcp";
    host = "localhost";
    port = 1880;
  };
}
