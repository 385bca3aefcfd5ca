# The least that a host says.
{
  services.nixwave.agent = {
    enable = true;
    fleet = "github:someone/homelab";
    broker.url = "mqtt://nuc.lan:1883";
    releaseKeys = [
      "ci-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
      "ci-2:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    ];
    hubKeys = [
      "hub-1:AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
      "hub-2:AwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    ];
  };
  nix.settings = {
    substituters = [
      "https://cache.nixos.org/"
      "https://someone.cachix.org"
    ];
    trusted-public-keys = [ "someone.cachix.org-1:BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" ];
  };
}
