# All cases of the hub's module at once, as nix/test/all.nix does with the agent's: what each of them says; none is right.
#   nix-instantiate --eval --strict nix/test/all-hub.nix --arg lib 'import <nixpkgs/lib>'   with the real library
{
  lib,
  # The place of one wrong value in its list: it is evaluated, and Nix says what is wrong with it.
  wrongOnly ? null,
}:
let
  evaluate = settings: import ./evaluate-hub.nix { inherit lib settings; };
  on = settings: { imports = [ ./cases/hub-base.nix settings ]; };
  # { a.b = value; } of "a.b"
  at = option: value: builtins.foldl' (inner: name: { ${name} = inner; }) value (
    reversed (builtins.filter builtins.isString (builtins.split "\\." option))
  );
  reversed = builtins.foldl' (list: one: [ one ] ++ list) [ ];
  forced = value: builtins.tryEval (builtins.deepSeq value value);

  right = lib.mapAttrsToList (
    name: settings:
    let
      inherit (evaluate (on settings)) failed warnings;
    in
    map (said: "${name}: ${said}") (failed ++ warnings)
  ) (import ./cases/hub-right.nix { inherit lib; });
  judged = lib.mapAttrsToList (
    name: { list, says, settings }:
    let
      said = (evaluate (on settings)).${list};
      names = message: lib.hasPrefix "services.nixwave.hub.${says}" message;
    in
    lib.optional (builtins.filter names said == [ ]) "${name}: nothing is said of ${says}"
  ) (import ./cases/hub-judged.nix { inherit lib; });
  withWrong =
    case:
    evaluate (on {
      services.nixwave.hub = at (builtins.elemAt case 0) (lib.mkForce (builtins.elemAt case 1));
    });
  wrongCases = import ./cases/hub-wrong.nix;
  # All of it: what a unit does not show is not evaluated otherwise.
  wrong = map (
    case:
    lib.optional (forced (withWrong case)).success "${builtins.elemAt case 0}: a wrong value is taken"
  ) wrongCases;
in
if wrongOnly == null then
  builtins.concatLists (right ++ judged ++ wrong)
else
  withWrong (builtins.elemAt wrongCases wrongOnly)
