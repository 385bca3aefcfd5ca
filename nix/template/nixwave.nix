# Put here what `nixwave init` prints: it makes the keys. The same for every host; its name is networking.hostName.
{
  services.nixwave.agent = {
    enable = true;
    mode = "observe"; # reports and downloads, tries nothing; later "active"
    fleet = "home";
    channel = "main";
    broker.url = "mqtt://nuc.lan:1883";
    broker.passwordFile = "/etc/nixwave/credentials";
    releaseKeys = [ ];
    hubKeys = [ ];
  };

  # Cachix sends its cache with each deployment; Nixwave takes it from here:
  # nix.settings.substituters = [ "https://NAME.cachix.org" ];
  # nix.settings.trusted-public-keys = [ "NAME.cachix.org-1:..." ];
}
