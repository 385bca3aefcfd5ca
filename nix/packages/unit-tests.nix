# The unit tests, with every package of the lock.
{
  runCommand,
  nodejs_24,
  git,
  modules,
}:
runCommand "nixwave-unit-tests"
  {
    nativeBuildInputs = [
      nodejs_24
      git
    ];
    src = import ./source.nix (
      builtins.filter (
        name:
        !builtins.elem name [
          ".git"
          ".nixwave"
          "coverage"
          "dist"
          "result"
        ]
      ) (builtins.attrNames (builtins.readDir ../..))
    );
  }
  ''
    # Not where the tests' own folders are made: a home's secrets are refused below a flake.
    cp -R $src source
    chmod -R u+w source
    cd source
    # Copied, for a tool that finds a file of a package looks for the repository above it.
    for place in ${modules}/node_modules ${modules}/*/node_modules; do
      [ -e "$place" ] || continue
      mkdir -p "''${place#${modules}/}"
      cp -R "$place/." "''${place#${modules}/}"
      chmod -R u+w "''${place#${modules}/}"
    done
    export HOME=$TMPDIR
    node node_modules/vitest/vitest.mjs run --project unit
    touch $out
  ''
