# Nixwave's packages out of package-lock.json. They are in the flake as `packages`, in the overlay, and what
# the modules take where nobody says otherwise.
{ pkgs }:
let
  inherit (pkgs.stdenv.hostPlatform) system;
  locked = import ./locked.nix { inherit system; };
  fetchFromRegistry = pkgs.callPackage ./fetch-from-registry.nix { };
  nodeModules = import ./node-modules.nix {
    inherit (pkgs) runCommand;
    inherit fetchFromRegistry;
  };
  runsAtHome = entry: !entry.isDevelopment;
  # esbuild and, named after it, its program for this system.
  buildsOnly = entry: builtins.match "esbuild|@esbuild/.+" entry.name != null;
in
rec {
  modules = nodeModules "nixwave-node-modules" (builtins.filter runsAtHome locked);
  allModules = nodeModules "nixwave-all-node-modules" locked;
  built = pkgs.callPackage ./built.nix {
    inherit modules;
    builders = nodeModules "nixwave-builders" (builtins.filter buildsOnly locked);
  };

  # Both programs of a host: the agent looks for the activator beside itself.
  agent = pkgs.callPackage ../package.nix { bundles = "${built}/agent"; };
  activator = agent // {
    meta = agent.meta // {
      mainProgram = "nixwave-activator";
    };
  };
  cli = pkgs.callPackage ./command.nix { inherit built modules; };
  # As npm would install it: lib/node_modules/@nixwave/node-red.
  node-red-nodes = pkgs.runCommand "nixwave-node-red-nodes-0.1.0" { } ''
    mkdir -p $out/lib/node_modules/@nixwave
    cp -R ${built}/node-red $out/lib/node_modules/@nixwave/node-red
  '';
  demo = pkgs.writeShellScriptBin "nixwave-demo" ''
    exec ${cli}/bin/nixwave demo "$@"
  '';
}
