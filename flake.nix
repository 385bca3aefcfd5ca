{
  description = "Nixwave: keep a home's NixOS machines up to date through the home's own automation";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forEach = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
      packagesOf = pkgs: import ./nix/packages { inherit pkgs; };
    in
    {
      # services.nixwave.agent and services.nixwave.hub; docs/nixos.md.
      nixosModules.agent = ./nix/modules/agent.nix;
      nixosModules.hub = ./nix/modules/hub.nix;

      packages = forEach (
        pkgs:
        let
          ours = packagesOf pkgs;
        in
        {
          default = ours.cli;
          nixwave = ours.cli;
          nixwave-agent = ours.agent;
          nixwave-activator = ours.activator;
          inherit (ours) node-red-nodes;
        }
      );

      # pkgs.nixwave is the command line, and the others are in it: pkgs.nixwave.agent.
      overlays.default =
        final: _previous:
        let
          ours = packagesOf final;
        in
        {
          nixwave = ours.cli // {
            inherit (ours)
              agent
              activator
              cli
              node-red-nodes
              ;
          };
          nixwave-agent = ours.agent;
          nixwave-activator = ours.activator;
        };

      # nix run .#demo
      apps = forEach (pkgs: {
        demo = {
          type = "app";
          program = "${(packagesOf pkgs).demo}/bin/nixwave-demo";
        };
      });

      checks = forEach (pkgs: import ./nix/checks.nix { inherit pkgs; });

      # nix flake init -t
      templates.default = {
        path = ./nix/template;
        description = "A home with a hub and two hosts that Nixwave keeps up to date";
      };

      lib = import ./nix/release.nix // {
        package = { pkgs, bundles }: pkgs.callPackage ./nix/package.nix { inherit bundles; };
      };

      devShells = forEach (pkgs: {
        default = import ./nix/dev-shell.nix { inherit pkgs; };
      });
    };
}
