import { type EpochMs, type KeyName, NixwaveError, parseKeyName } from "../../contract/index.ts";
import type { KeyRole } from "../setup/home-places.ts";
import type { KeyRing, Rotation, TrustBook } from "../setup/trust-book.ts";

export interface Begin {
  readonly role: KeyRole;
  /** The spare key is at hand: every host trusts it already. Else a new key must be trusted first. */
  readonly hasSpare: boolean;
  readonly stolen: boolean;
  readonly now: EpochMs;
}

/**
 * The book with a rotation begun. One at a time: a host that slept through one trusts the spare that took over, and
 * after two it would trust nobody that signs.
 * @throws NixwaveError rotation-too-early while one is under way | wrong-usage for a stolen key without the spare
 */
export function beginRotation(book: TrustBook, { role, hasSpare, stolen, now }: Begin): TrustBook {
  const ring = book[role];
  if (ring.rotation) {
    const why = `${ring.rotation.from} to ${ring.active} is under way, at step ${ring.rotation.step}`;
    throw new NixwaveError("rotation-too-early", `${why}; finish it first`);
  }
  if (stolen && !hasSpare) {
    const why =
      "--stolen needs the spare key: without it whatever hosts are told can be told by the thief too; docs/keys.md has the way by hand";
    throw new NixwaveError("wrong-usage", why);
  }
  const next = (more: number): KeyName => parseKeyName(`${role}-${ring.count + more}`);
  const rotation: Rotation = {
    ...{ from: ring.active, stolen, since: now },
    step: hasSpare ? "sign" : "trust",
  };
  const turned: KeyRing = hasSpare
    ? { active: ring.spare, spare: next(1), count: ring.count + 1, rotation }
    : { active: next(1), spare: next(2), count: ring.count + 2, rotation };
  // A thief may have driven counter and serials of a host as far as he liked; a higher epoch forgets them (DESIGN 6).
  return { ...book, epoch: stolen ? book.epoch + 1 : book.epoch, [role]: turned };
}

/** The book one step further; the rotation is null when it was the last. */
export function nextStep(book: TrustBook, role: KeyRole, now: EpochMs): TrustBook {
  const ring = book[role];
  const rotation = ring.rotation && stepAfter(ring.rotation, role, now);
  return { ...book, [role]: { ...ring, rotation } };
}

function stepAfter(rotation: Rotation, role: KeyRole, since: EpochMs): Rotation | null {
  const { step, stolen } = rotation;
  if (step === "trust") return { ...rotation, step: "sign", since };
  // A stolen release key is out of the Nix that the new one was the first to sign.
  if (step === "sign" && !(stolen && role === "ci")) return { ...rotation, step: "drop", since };
  return null;
}
