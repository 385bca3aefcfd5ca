# A Raspberry Pi 4. Its own hardware-configuration.nix belongs here too.
{
  nixpkgs.hostPlatform = "aarch64-linux";
  boot.loader.grub.enable = false;
  boot.loader.generic-extlinux-compatible.enable = true;
  fileSystems."/" = {
    device = "/dev/disk/by-label/NIXOS_SD";
    fsType = "ext4";
  };
  system.stateVersion = "26.05";

  services.nixwave.agent = {
    probes.SSH = {
      kind = "tcp";
      host = "localhost";
      port = 22;
    };
    # This host looks at the one with the hub, from outside.
    witness.nuc.probes.MQTT = {
      kind = "tcp";
      host = "nuc.lan";
      port = 1883;
    };
  };
  services.openssh.enable = true;
}
