# services.nixwave.agent (docs/nixos.md).
{
  imports = [
    ./agent/options.nix
    ./agent/judgement.nix
    ./agent/units.nix
  ];
}
