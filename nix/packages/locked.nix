# package-lock.json as Nix needs it: what npm would unpack where, of one system. Pure, with no nixpkgs.
{
  lock ? builtins.fromJSON (builtins.readFile ../../package-lock.json),
  # As Nix names it; npm's words for it are below.
  system,
}:
let
  cpu =
    {
      x86_64-linux = "x64";
      aarch64-linux = "arm64";
    }
    .${system};
  # npm's own rule; NixOS is linux with glibc. No package of the lock excludes with "!".
  fits =
    package:
    builtins.elem "linux" (package.os or [ "linux" ])
    && builtins.elem cpu (package.cpu or [ cpu ])
    && builtins.elem "glibc" (package.libc or [ "glibc" ]);
  afterLast = text: builtins.elemAt (builtins.match "(.*/)?node_modules/(.+)" text) 1;
  isFetched =
    place: package:
    builtins.match ".*node_modules/.*" place != null
    && !(package.link or false)
    && !(package.inBundle or false);
  entry =
    place:
    let
      package = lock.packages.${place};
      # An alias is unpacked under another name than its own ("name" in the lock).
      name = package.name or (afterLast place);
    in
    {
      inherit place name;
      inherit (package) version integrity;
      # Every npm registry has it so, scoped or not: /@scope/name/-/name-1.0.0.tgz
      path = "${name}/-/${baseNameOf name}-${package.version}.tgz";
      isDevelopment = package.dev or package.devOptional or false;
    };
in
map entry (
  builtins.filter (place: isFetched place lock.packages.${place} && fits lock.packages.${place}) (
    builtins.attrNames lock.packages
  )
)
