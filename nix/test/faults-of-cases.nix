# What the cases of one module say that they should not, as [ "case: fault" ]. What is evaluated is one of them
# alone where `wrongOnly` is its place in `wrong`: Nix then says what is wrong with it.
{
  lib,
  # "agent" or "hub"
  part,
  evaluate,
  base,
  right,
  judged,
  wrong,
  # What stands beside each wrong value.
  beside ? { },
  wrongOnly,
}:
let
  of =
    settings:
    evaluate {
      inherit lib;
      settings = { imports = [ base settings ]; };
    };
  # { a.b = value; } of "a.b"
  at = option: value: builtins.foldl' (inner: name: { ${name} = inner; }) value (
    reversed (builtins.filter builtins.isString (builtins.split "\\." option))
  );
  reversed = builtins.foldl' (list: one: [ one ] ++ list) [ ];
  forced = value: builtins.tryEval (builtins.deepSeq value value);

  ofRight = lib.mapAttrsToList (
    name: settings:
    let
      inherit (of settings) failed warnings;
    in
    map (said: "${name}: ${said}") (failed ++ warnings)
  ) right;
  ofJudged = lib.mapAttrsToList (
    name: { list, says, settings }:
    let
      said = (of settings).${list};
      names = message: lib.hasPrefix "services.nixwave.${part}.${says}" message;
    in
    lib.optional (builtins.filter names said == [ ]) "${name}: nothing is said of ${says}"
  ) judged;
  withWrong =
    case:
    of {
      services.nixwave.${part} = lib.mkMerge [
        beside
        (at (builtins.elemAt case 0) (lib.mkForce (builtins.elemAt case 1)))
      ];
    };
  # All of it: what a unit does not show is not evaluated otherwise.
  ofWrong = map (
    case:
    lib.optional (forced (withWrong case)).success "${builtins.elemAt case 0}: a wrong value is taken"
  ) wrong;
in
if wrongOnly == null then
  builtins.concatLists (ofRight ++ ofJudged ++ ofWrong)
else
  withWrong (builtins.elemAt wrong wrongOnly)
