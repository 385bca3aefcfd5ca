# The host's two programs, out of the two bundles that `npm run build` leaves in dist/agent (or, in the
# flake's packages, nix/packages/built.nix). They need Node and nothing else.
{
  runCommand,
  runtimeShell,
  nodejs_24,
  bundles,
}:
runCommand "nixwave-agent-0.1.0"
  {
    # What the system's marker says of this activator (docs/host.md, "One version up, one version down").
    passthru.memoryForms = {
      from = 1;
      to = 1;
    };
    meta.mainProgram = "nixwave-agent";
  }
  ''
    mkdir -p $out/bin $out/lib
    for name in nixwave-agent nixwave-activator; do
      cp ${bundles}/$name.mjs $out/lib/$name.mjs
      printf '#!%s\nexec %s %s "$@"\n' ${runtimeShell} ${nodejs_24}/bin/node $out/lib/$name.mjs > $out/bin/$name
      chmod +x $out/bin/$name
    done
  ''
