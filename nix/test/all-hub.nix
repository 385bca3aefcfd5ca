# All cases of the hub's module at once, as nix/test/all.nix does with the agent's: what each of them says; none is right.
#   nix-instantiate --eval --strict nix/test/all-hub.nix --arg lib 'import <nixpkgs/lib>'   with the real library
{
  lib,
  # The place of one wrong value in its list: it is evaluated, and Nix says what is wrong with it.
  wrongOnly ? null,
}:
import ./faults-of-cases.nix {
  inherit lib wrongOnly;
  part = "hub";
  evaluate = import ./evaluate-hub.nix;
  base = ./cases/hub-base.nix;
  right = import ./cases/hub-right.nix { inherit lib; };
  judged = import ./cases/hub-judged.nix { inherit lib; };
  wrong = import ./cases/hub-wrong.nix;
}
