# As much of nixpkgs as our packages are built from, out of the programs on this machine: so that what Nix
# runs on NixOS runs in the tests too, in each derivation the very text. Without sandbox.
{
  system ? builtins.currentSystem,
  # Folder with bin/node and bin/npm.
  node,
  # Between colons: where the rest lies.
  path,
}:
let
  pkgs = {
    stdenv.hostPlatform = { inherit system; };
    lib.fetchers.proxyImpureEnvVars = [ ];
    callPackage =
      file: arguments:
      let
        make = import file;
      in
      make (builtins.intersectAttrs (builtins.functionArgs make) pkgs // arguments);
    runCommand =
      name:
      {
        passthru ? { },
        meta ? { },
        nativeBuildInputs ? [ ],
        ...
      }@attrs:
      text:
      derivation (
        builtins.removeAttrs attrs [
          "passthru"
          "meta"
          "nativeBuildInputs"
        ]
        // {
          inherit name system;
          builder = "/bin/sh";
          args = [
            "-c"
            ''exec bash -eu -o pipefail "$textPath"''
          ];
          passAsFile = [ "text" ];
          inherit text;
          PATH = builtins.concatStringsSep ":" (map (input: "${input}/bin") nativeBuildInputs ++ [ path ]);
        }
      )
      // passthru
      // {
        inherit meta;
      };
    writeShellScriptBin =
      name: text:
      pkgs.runCommand name { } ''
        mkdir -p $out/bin
        cat > $out/bin/${name} <<'SCRIPT'
        #!/bin/sh
        ${text}
        SCRIPT
        chmod +x $out/bin/${name}
      '';
    runtimeShell = "/bin/sh";
    nodejs_24 = node;
    cacert = "";
    curl = "/usr";
    git = "/usr";
  };
in
pkgs
