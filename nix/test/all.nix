# All cases at once: what each of them says, as [ "case: fault" ]; none is right.
#   nix-instantiate --eval --strict nix/test/all.nix --arg lib 'import ./nix/test/minilib.nix'   our stand-in
#   nix-instantiate --eval --strict nix/test/all.nix --arg lib 'import <nixpkgs/lib>'            the real one
{
  lib,
  # The place of one wrong value in its list: it is evaluated, and Nix says what is wrong with it.
  wrongOnly ? null,
}:
import ./faults-of-cases.nix {
  inherit lib wrongOnly;
  part = "agent";
  evaluate = import ./evaluate.nix;
  base = ./cases/base.nix;
  right = import ./cases/right.nix { inherit lib; };
  judged = import ./cases/judged.nix { inherit lib; };
  wrong = import ./cases/wrong.nix;
  beside = {
    profile = lib.mkDefault "laptop";
    laptop.notice.program = lib.mkDefault [ "/notify-send" ];
    probes.Web.kind = lib.mkDefault "broker";
    witness.nuc.probes.Camera.kind = lib.mkDefault "cache";
    witness.nuc.away.server = lib.mkDefault "https://ntfy.sh";
    witness.nuc.away.topic = lib.mkDefault "home";
  };
}
