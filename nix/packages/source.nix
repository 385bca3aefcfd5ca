# The files of this repository that something is built from; a change elsewhere builds nothing anew.
# @param parts names at the top level
parts:
let
  root = toString ../..;
  length = builtins.stringLength root + 1;
  top = path: builtins.head (builtins.split "/" (builtins.substring length (-1) path));
in
builtins.path {
  name = "nixwave-source";
  path = ../..;
  filter = path: _type: builtins.elem (top path) parts && baseNameOf path != "node_modules";
}
