# What `npm run build` and `npm run pack` leave in dist: agent/ (the host's two programs, one file each),
# nixwave/ (the command line with all it starts) and node-red/ (the nodes, with what they load).
{
  runCommand,
  nodejs_24,
  modules,
  builders,
}:
runCommand "nixwave-built-0.1.0"
  {
    nativeBuildInputs = [ nodejs_24 ];
    # A host shall not carry Node-RED because of a path in a comment.
    disallowedReferences = [
      modules
      builders
    ];
    src = import ./source.nix [
      "LICENSE"
      "agent"
      "docs"
      "flows"
      "node-red-nodes"
      "package-lock.json"
      "package.json"
      "src"
      "tools"
    ];
  }
  ''
    cp -R $src/. .
    chmod -R u+w .
    # Copied, not linked: esbuild writes where it read into what it builds.
    for place in ${modules}/node_modules ${modules}/*/node_modules ${builders}/node_modules; do
      [ -e "$place" ] || continue
      room=''${place#${modules}/}
      mkdir -p "''${room#${builders}/}"
      cp -R "$place/." "''${room#${builders}/}"
      chmod -R u+w "''${room#${builders}/}"
    done
    export HOME=$PWD
    npm run build
    npm run pack
    mkdir $out
    cp -R dist/agent dist/nixwave dist/node-red $out/
  ''
