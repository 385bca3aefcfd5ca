# What our modules take of nixpkgs, where nothing is built: a text says what would be. `prefix` stands before the
# names of what would be built.
{ prefix }:
rec {
  built = name: more: {
    type = "derivation";
    inherit name;
    outPath = "${prefix}${name}";
  } // more;
  pkgs = {
    stdenv.hostPlatform.system = "aarch64-linux";
    coreutils = "/usr";
    util-linux = "/usr";
    writeText = name: text: built name { inherit text; };
    writeShellScriptBin = name: text: built name { inherit text; };
  };
}
