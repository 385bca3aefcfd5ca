# All cases at once: what each of them says, as [ "case: fault" ]; none is right.
#   nix-instantiate --eval --strict nix/test/all.nix --arg lib 'import ./nix/test/minilib.nix'   our stand-in
#   nix-instantiate --eval --strict nix/test/all.nix --arg lib 'import <nixpkgs/lib>'            the real one
{
  lib,
  # The place of one wrong value in its list: it is evaluated, and Nix says what is wrong with it.
  wrongOnly ? null,
}:
let
  evaluate = settings: import ./evaluate.nix { inherit lib settings; };
  on = settings: { imports = [ ./cases/base.nix settings ]; };
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
  ) (import ./cases/right.nix { inherit lib; });
  judged = lib.mapAttrsToList (
    name: { list, says, settings }:
    let
      said = (evaluate (on settings)).${list};
      names = message: lib.hasPrefix "services.nixwave.agent.${says}" message;
    in
    lib.optional (builtins.filter names said == [ ]) "${name}: nothing is said of ${says}"
  ) (import ./cases/judged.nix { inherit lib; });
  withWrong =
    case:
    evaluate (on {
      services.nixwave.agent = lib.mkMerge [
        {
          profile = lib.mkDefault "laptop";
          laptop.notice.program = lib.mkDefault [ "/notify-send" ];
          probes.Web.kind = lib.mkDefault "broker";
          witness.nuc.probes.Camera.kind = lib.mkDefault "cache";
          witness.nuc.away.server = lib.mkDefault "https://ntfy.sh";
          witness.nuc.away.topic = lib.mkDefault "home";
        }
        (at (builtins.elemAt case 0) (lib.mkForce (builtins.elemAt case 1)))
      ];
    });
  wrongCases = import ./cases/wrong.nix;
  wrong = map (
    case:
    lib.optional (forced (withWrong case)).success "${builtins.elemAt case 0}: a wrong value is taken"
  ) wrongCases;
in
if wrongOnly == null then
  builtins.concatLists (right ++ judged ++ wrong)
else
  withWrong (builtins.elemAt wrongCases wrongOnly)
