import {
  type Desired,
  type Envelope,
  formOf,
  type HostName,
  type PublicKey,
  type Release,
  type Reported,
  type Statement,
  verifyOrder,
  verifyStatement,
} from "../../contract/index.ts";
import { orNull } from "../or-null.ts";
import type { KeyRole } from "../setup/home-places.ts";
import type { Rotation } from "../setup/trust-book.ts";
import { dateText } from "../words.ts";

/** What the broker holds of a home. */
export interface HomeSeen {
  readonly release: Release | null;
  readonly hosts: ReadonlyMap<HostName, HostSeen>;
}

export interface HostSeen {
  readonly online: boolean | null;
  readonly reported: Reported | null;
  readonly desired: Desired | null;
}

/** Whose signature a step asks for. */
export interface StepAsked {
  readonly role: KeyRole;
  readonly rotation: Rotation;
  /** The new key. */
  readonly active: PublicKey;
  /** The release keys that hosts trust in this step. */
  readonly trusted: readonly PublicKey[];
}

export interface HostWeight {
  readonly host: HostName;
  /** Whether this step is done for it. */
  readonly isDone: boolean;
  readonly why: string;
}

/**
 * How far each host is with a step, by what it reports itself: those that are wanted, and whoever else the broker knows,
 * whose account was made elsewhere. Nothing that is missing or unknown counts as done (DESIGN 2, 4).
 */
export function weighHosts(
  asked: StepAsked,
  { release, hosts }: HomeSeen,
  wanted: readonly HostName[],
): readonly HostWeight[] {
  return [...new Set([...wanted, ...hosts.keys()])].map((host) => {
    const seen = hosts.get(host) ?? { online: null, reported: null, desired: null };
    const isByOrder = asked.role === "hub" && asked.rotation.step === "sign";
    const missing = isByOrder
      ? missingOrder(asked, seen)
      : missingRelease(asked, release, host, seen);
    if (missing === null) return { host, isDone: true, why: "done" };
    const asleep =
      seen.online === true ? "" : seen.online === false ? ", and asleep" : ", never seen";
    return { host, isDone: false, why: `${missing}${asleep}` };
  });
}

/** Why the host has not committed a release of this step; null when it has. */
function missingRelease(
  { role, rotation, active, trusted }: StepAsked,
  release: Release | null,
  host: HostName,
  { reported }: HostSeen,
): string | null {
  if (release === null) return "no release on the broker";
  const keys = role === "ci" && rotation.step !== "trust" ? [active] : trusted;
  const statement = statementOf(release.statements, keys, host);
  if (statement === null) {
    return `no statement for it that ${keys.map(({ name }) => name).join(" or ")} signed`;
  }
  if (statement.serial <= rotation.since) {
    return `the newest release is of ${dateText(statement.serial)}, before this step`;
  }
  if (reported === null) return "has reported nothing";
  const { serial, current, profile, floor } = reported;
  const { storePath } = statement;
  if (serial >= statement.serial || (current === storePath && profile === storePath)) return null;
  if (floor > statement.serial) {
    return `accepts nothing before ${dateText(floor)}: raise trustEpoch there by hand (docs/keys.md)`;
  }
  return serial === 0 ? "has committed no release yet" : `still has that of ${dateText(serial)}`;
}

/** Why the host has not accepted an order that the new key signed; null when it has. */
function missingOrder({ active }: StepAsked, { desired, reported }: HostSeen): string | null {
  if (desired === null) return "the hub has ordered nothing of it yet";
  if (reported === null) return "has reported nothing";
  const keys = { keys: [active], threshold: 1 };
  const { order: sealed } = desired;
  const order = orNull(() => formOf(sealed).parse(verifyOrder(sealed, keys).bytes));
  if (order === null) return `its last order is not signed with ${active.name}`;
  const { refusal } = reported;
  // First: a counter that lies above the order's may be the thief's, and then it is why the order was refused.
  if (refusal?.counter === order.counter) return `refused it: ${refusal.message}`;
  if (reported.counter >= order.counter) return null;
  if (refusal?.code === "signature-invalid") return `refused it: ${refusal.message}`;
  return "has not accepted its order yet";
}

function statementOf(
  envelopes: readonly Envelope[],
  keys: readonly PublicKey[],
  host: HostName,
): Statement | null {
  for (const envelope of envelopes) {
    const found = orNull(() => verifyStatement(envelope, { keys, threshold: 1 }).statement);
    if (found?.host === host) return found;
  }
  return null;
}
