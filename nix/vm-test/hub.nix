# The machine with mosquitto, the hub, and the binary cache.
{ cli }:
{
  nodes,
  pkgs,
  ...
}:
let
  keys = import ./keys.nix;
  file = name: text: "${pkgs.writeText name text}";
  everything = password: {
    inherit password;
    acl = [ "readwrite #" ];
  };
in
{
  environment.systemPackages = [
    cli
    pkgs.jq
  ];
  services.mosquitto = {
    enable = true;
    listeners = [
      {
        port = 1883;
        users = {
          ci = everything "ci-password";
          hub = everything "hub-password";
          me = everything "me-password";
          rp4 = everything "rp4-password";
        };
      }
    ];
  };
  services.nix-serve = {
    enable = true;
    secretKeyFile = file "cache.secret" keys.cache.secret;
  };
  # The store has them; no release names what is not there.
  virtualisation.additionalPaths = [
    nodes.rp4.system.build.good
    nodes.rp4.system.build.bad
  ];
  virtualisation.memorySize = 1536;
  networking.firewall.allowedTCPPorts = [
    1883
    5000
  ];

  systemd.services.nixwave-hub = {
    description = "Nixwave's hub";
    wantedBy = [ "multi-user.target" ];
    after = [ "mosquitto.service" ];
    preStart = ''
      install -d -m 0700 $STATE_DIRECTORY/keys
      install -m 0600 ${file "hub.secret" keys.hub.secret} $STATE_DIRECTORY/keys/hub.secret
      install -m 0600 ${file "hub-password" "hub-password"} $STATE_DIRECTORY/password
    '';
    script = ''
      exec ${cli}/bin/nixwave hub --broker mqtt://127.0.0.1:1883 --user hub --password-file $STATE_DIRECTORY/password \
        --fleet home --host rp4 --release-key ${keys.ci.public} --flow minimal
    '';
    serviceConfig = {
      StateDirectory = "nixwave-hub";
      StateDirectoryMode = "0700";
    };
  };
  # As CI and as a person; secrets are files of mode 600.
  systemd.tmpfiles.rules = [
    "f /root/ci.secret 0600 root root - ${keys.ci.secret}"
    "f /root/ci.password 0600 root root - ci-password"
    "f /root/me.password 0600 root root - me-password"
  ];
}
