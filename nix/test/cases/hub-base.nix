# The least that a hub's machine says without being warned. All parts are on, so that each option is looked at.
{ lib, ... }:
{
  services.nixwave.hub = {
    enable = true;
    hosts = [
      "rp4"
      "nuc"
    ];
    releaseKeys = [
      "ci-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
      "ci-2:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    ];
    backup.folder = lib.mkDefault "/srv/backup/hub";
  };
}
