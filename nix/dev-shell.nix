{ pkgs }:
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
}
