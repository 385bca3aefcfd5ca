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
      devShell =
        pkgs:
        let
          node = pkgs.nodejs_24;
          # npm puts node_modules/.bin first on PATH in its scripts, and with it the `node` package's own
          # binary, which does not start on NixOS. This shell puts a Node that does in front again.
          scriptShell = pkgs.writeShellScript "nixwave-script-shell" ''
            PATH=${node}/bin:$PATH exec ${pkgs.runtimeShell} "$@"
          '';
        in
        pkgs.mkShell {
          # Beside Node, the parts of tools/system-parts.ts; test/system/flake.test.ts compares them.
          packages = [
            node
            pkgs.chromium
            pkgs.curl
            pkgs.fish
            pkgs.git
            pkgs.iproute2
            pkgs.libfaketime
            pkgs.mosquitto
            pkgs.nats-server
            pkgs.nix
            pkgs.openssl
            pkgs.prometheus
            pkgs.systemd
            pkgs.tmux
            pkgs.util-linux
            pkgs.zsh
          ];
          npm_config_script_shell = scriptShell;
        };
    in
    {
      # services.nixwave.agent; docs/nixos.md.
      nixosModules.agent = ./nix/modules/agent.nix;

      lib = import ./nix/release.nix // {
        package = { pkgs, bundles }: pkgs.callPackage ./nix/package.nix { inherit bundles; };
      };

      devShells = nixpkgs.lib.genAttrs systems (system: {
        default = devShell nixpkgs.legacyPackages.${system};
      });
    };
}
