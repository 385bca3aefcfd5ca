# Texts of units: a command line as systemd reads it (systemd.service(5): % and $ stand for something), how a unit
# gets a folder to write to, and which port an address has.
{ lib }:
let
  isPlain = word: builtins.match "[A-Za-z0-9_./:=@+-]+" word != null;
  quoted =
    word:
    "\"${builtins.replaceStrings [ "\\" "\"" "%" "$" ] [ "\\\\" "\\\"" "%%" "$$" ] word}\"";
  below = builtins.match "/var/lib/(.+)";
in
rec {
  portOf = address: builtins.fromJSON (builtins.elemAt (builtins.match ".*:0*([0-9]+)" address) 0);
  commandLine = words: builtins.concatStringsSep " " (map (word: if isPlain word then word else quoted word) words);
  # systemd makes it and sees to its owner, whoever copied something into it.
  isOfSystemd = folder: below folder != null;
  folderFor =
    folder:
    if isOfSystemd folder then
      {
        StateDirectory = builtins.head (below folder);
        StateDirectoryMode = "0700";
      }
    else
      { ReadWritePaths = [ folder ]; };
}
