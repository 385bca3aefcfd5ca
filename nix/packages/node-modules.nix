# What `npm ci --ignore-scripts` would leave, without npm: each archive unpacked in its place. The programs
# that packages bring are not linked (node_modules/.bin): Nixwave calls none of them.
{ runCommand, fetchFromRegistry }:
# @param entries of ./locked.nix
name: entries:
runCommand name { } ''
  # Archives hold folders that may not be entered, and modes of every kind.
  unpack() {
    mkdir -p "$out/$1"
    tar --extract --gzip --file "$2" --directory "$out/$1" --strip-components=1 \
      --no-same-owner --no-same-permissions --delay-directory-restore
    chmod -R u+rwX,go+rX "$out/$1"
  }
  ${builtins.concatStringsSep "\n" (
    map (entry: "unpack ${entry.place} ${fetchFromRegistry entry}") entries
  )}
''
