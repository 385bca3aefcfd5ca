{
  description = "The machines of this home";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    nixwave.url = "github:OWNER/nixwave"; # where you have Nixwave from
  };

  outputs =
    inputs@{ self, nixpkgs, nixwave, ... }:
    let
      # The name of a file in hosts/, of the machine, and of its user on the broker: one and the same.
      host =
        name:
        nixpkgs.lib.nixosSystem {
          specialArgs = { inherit inputs; };
          modules = [
            nixwave.nixosModules.agent
            { networking.hostName = name; }
            ./nixwave.nix
            (./hosts + "/${name}.nix")
          ];
        };
    in
    {
      nixosConfigurations = {
        nuc = host "nuc";
        rp4 = host "rp4";
      };

      # What CI builds, and signs: nix build .#deploy-spec
      packages.x86_64-linux.deploy-spec = nixwave.lib.release {
        pkgs = nixpkgs.legacyPackages.x86_64-linux;
        inherit (self) nixosConfigurations;
      };
    };
}
