# services.nixwave.hub (docs/nixos-hub.md).
{
  imports = [
    ./hub/options.nix
    ./hub/judgement.nix
    ./hub/mosquitto.nix
    ./hub/node-red.nix
    ./hub/units.nix
    ./hub/backup.nix
  ];
}
