# The command line: `nixwave hub`, `nixwave demo`, `nixwave publish` and the rest.
{
  runCommand,
  runtimeShell,
  nodejs_24,
  built,
  modules,
}:
runCommand "nixwave-cli-0.1.0" { meta.mainProgram = "nixwave"; } ''
  # In the place of the workspace `src`, whose packages it needs: where the lock has another version for
  # that workspace alone, it is found first.
  mkdir -p $out/bin $out/lib/src
  for place in ${modules}/node_modules ${modules}/src/node_modules; do
    if [ -e "$place" ]; then ln -s "$place" "$out/lib/''${place#${modules}/}"; fi
  done
  cp -R ${built}/nixwave $out/lib/src/nixwave
  printf '#!%s\nexec %s %s "$@"\n' ${runtimeShell} ${nodejs_24}/bin/node $out/lib/src/nixwave/bin/nixwave.js > $out/bin/nixwave
  chmod +x $out/bin/nixwave
''
