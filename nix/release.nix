# lib.release: what CI builds and `nixwave publish` signs, from a flake's nixosConfigurations. The file has
# the form of Cachix's deploy spec, { "agents": { "rp4": "/nix/store/..." } }, so either tool reads it.
# Building the file builds every system, for the names in it are their paths.
rec {
  agents = builtins.mapAttrs (_: host: "${host.config.system.build.toplevel}");
  spec = nixosConfigurations: builtins.toJSON { agents = agents nixosConfigurations; };
  release =
    { pkgs, nixosConfigurations }: pkgs.writeText "nixwave-release.json" (spec nixosConfigurations);
}
