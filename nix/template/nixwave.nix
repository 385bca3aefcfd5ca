# Put here what `nixwave init` prints: it makes the keys. The same for every host; its name is networking.hostName.
{ inputs, ... }:
{
  imports = [ inputs.nixwave.nixosModules.agent ];

  services.nixwave.agent = {
    enable = true;
    mode = "observe"; # reports and downloads, tries nothing; later "active"
    fleet = "home";
    channel = "main";
    broker.url = "mqtt://nuc.lan:1883";
    broker.passwordFile = "/etc/nixwave/credentials"; # sops: config.sops.secrets.nixwave.path
    releaseKeys = [ ];
    hubKeys = [ ];
  };
}
