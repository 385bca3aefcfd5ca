import type { RolloutStatus } from "../../contract/index.ts";
import type { Followed } from "./followed.ts";
import {
  besides,
  counted,
  failures,
  hostLine,
  isAsleep,
  missingIn,
  names,
  rolledBack,
  those,
} from "./told-hosts.ts";
import type { Verdict, VerdictKind } from "./verdict.ts";

/** The verdict as things stand, and whether anything could still change it. */
export interface Judged {
  readonly verdict: Verdict;
  /** False: it is what is said if the time ends now. */
  readonly isFinal: boolean;
  /** Final, unless something else is told within a few seconds. */
  readonly isNearlyFinal?: boolean;
}

type Told = RolloutStatus;

/**
 * What became of the release. Only what was said of this very release counts: what the broker still holds of another
 * one is no evidence (DESIGN 2, rule 4). Pure.
 */
export function judge(followed: Followed): Judged {
  const { heard, status, serial } = followed;
  if (heard?.state === "refused") {
    const code = heard.refused[0]?.code;
    const why = code === undefined ? heard.why : `${code}: ${heard.why}`;
    return final("refused", `the hub refuses it: ${why}`, WAYS.refused);
  }
  if (status && isOfThis(followed, status)) return judgeStatus(followed, status);
  if (heard?.state === "recorded" && heard.recorded === "changes-nothing") {
    return final("promoted", "it changes nothing: every host runs it already", "");
  }
  if (status?.serial && status.serial > serial) return judgePast(followed, status);
  return unbegun(followed);
}

/** The same systems signed again start no rollout: what became of them before is what became of them. */
const isOfThis = ({ heard, serial }: Followed, status: Told): boolean =>
  status.serial === serial ||
  (heard?.recorded === "only-statements" && status.serial !== null && status.serial < serial);

/** Between two words of the hub a rollout may end and the next one begin: the history tells how. */
function judgePast({ past, hasBegun }: Followed, newer: Told): Judged {
  const why = `the hub rolls out a newer release${titled(newer)}`;
  const count = past && `${past.done} of ${past.taking} hosts updated`;
  switch (past?.completion) {
    case undefined:
    case null:
      return { ...open("superseded", why, ""), isFinal: !hasBegun, isNearlyFinal: hasBegun };
    case "Promoted":
      return final("promoted", `${count}; by now ${why}`, "");
    case "Superseded":
      return final("superseded", why, "");
    case "PartiallyPromoted":
      return final("incomplete", `${count}; by now ${why}`, WAYS.missing);
    default: {
      const wrong = [...(past?.wrong ?? []), past?.why ?? ""].filter((one) => one !== "");
      return final("rolled-back", `${wrong.join("; ")}; by now ${why}`, WAYS.undone);
    }
  }
}

function unbegun({ isConnected, hub, heard, newest, serial, status }: Followed): Judged {
  if (newest !== null && newest > serial) {
    const why = "a newer release is on the broker, and this one had not begun";
    return { ...open("superseded", why, ""), isFinal: heard?.state !== "taken" };
  }
  if (!isConnected) return open("timed-out", "no connection to the broker", WAYS.broker);
  if (hub !== "online") {
    const why =
      hub === "offline"
        ? "the hub is not connected to the broker"
        : "no hub was ever on this broker";
    return open("no-hub", `${why}; the release waits there for it`, WAYS.noHub);
  }
  if (heard === null)
    return open("timed-out", "the hub has not said what it makes of it", WAYS.flow);
  if (heard.state === "verified") {
    return open("timed-out", "the hub has verified it, its flow has not passed it on", WAYS.flow);
  }
  const isBusy = status !== null && status.completion === null;
  const behind = isBusy
    ? `the rollout under way${titled(status)}`
    : "the time it lets releases settle";
  return open("timed-out", `it has not begun: it waits for ${behind}`, WAYS.look);
}

function judgeStatus(followed: Followed, status: Told): Judged {
  const { completion } = status;
  if (completion === null) return judgeUnderWay(followed, status);
  switch (completion) {
    case "Promoted":
      return judgePromoted(followed, status);
    case "PartiallyPromoted":
      return judgePartial(status);
    case "Aborted":
      return those(status, "wrong").length > 0
        ? final("rolled-back", failures(status), WAYS.undone)
        : final("stopped", status.why || "the rollout was stopped", WAYS.stopped);
    case "RolledBack":
    case "RollbackFailed":
      return final("rolled-back", rolledBack(status), WAYS.undone);
    case "Superseded":
      return final("superseded", "a newer release took its place", "");
    case "Rejected":
      return final("refused", `every host refused it: ${failures(status)}`, WAYS.refused);
    default: // a newer hub: what is not known to be good is none
      return final("stopped", `it ended as ${completion}, which this nixwave does not know`, "");
  }
}

function judgePromoted({ heard }: Followed, status: Told): Judged {
  const [refused] = heard?.refused ?? [];
  if (refused) {
    const why = `${counted(status)}, and the hub refused a part of it: ${refused.code}: ${refused.message}`;
    return final("incomplete", why, WAYS.refused);
  }
  return final("promoted", `${counted(status)}${besides(status)}`, "");
}

function judgePartial(status: Told): Judged {
  const missing = missingIn(status);
  const asleep = missing.filter(isAsleep);
  const others = missing.filter((one) => !isAsleep(one));
  const why = [
    ...(asleep.length > 0 ? [`${names(asleep)} asleep`] : []),
    ...others.map(hostLine),
    counted(status),
  ].join("; ");
  const wayOut = others.length > 0 ? WAYS.missing : WAYS.asleep;
  return { isFinal: true, verdict: make("incomplete", why, wayOut, others.length === 0) };
}

function judgeUnderWay({ isConnected, hub, asleep }: Followed, status: Told): Judged {
  const active = those(status, "active");
  const wrong = those(status, "wrong");
  const isAsked = status.paused.some(({ condition }) => condition === "HostFailure");
  if (isAsked && active.length === 0) {
    return final("rolled-back", `${failures(status)}; the rollout asks how to go on`, WAYS.asks);
  }
  if (!isConnected) return open("timed-out", "no connection to the broker", WAYS.broker);
  if (hub !== "online") {
    return open("no-hub", "the hub left the broker in the middle of the rollout", WAYS.noHub);
  }
  const [pause] = status.paused.filter(({ condition }) => !PASSING.has(condition));
  if (pause) return open("held", `${pause.why || pause.condition}; ${counted(status)}`, WAYS.held);
  const waiting = those(status, "waiting");
  const sleeping = waiting.filter((one) => asleep.has(one.host) || isAsleep(one));
  const isOnlySleepers = waiting.length > 0 && sleeping.length === waiting.length;
  if (isOnlySleepers && active.length + wrong.length === 0 && those(status, "done").length > 0) {
    const why = `${names(sleeping)} asleep; ${counted(status)}`;
    return { isFinal: false, verdict: make("incomplete", why, WAYS.asleep, true) };
  }
  const doing = [...active, ...wrong].map(hostLine);
  const blocked = sleeping.length > 0 ? [`${names(sleeping)} asleep`] : [];
  return open("timed-out", [...doing, ...blocked, counted(status)].join("; "), WAYS.look);
}

/** Ends by itself and soon. */
const PASSING: ReadonlySet<string> = new Set(["Draining", "Reconciling", "HostFailure"]);

const titled = ({ title }: Told): string => (title === null ? "" : ` (${title})`);

const make = (kind: VerdictKind, why: string, wayOut: string, onlyAsleep = false): Verdict => ({
  kind,
  why: why.replace(/\s+/g, " "),
  wayOut,
  onlyAsleep,
});

const final = (kind: VerdictKind, why: string, wayOut: string): Judged => ({
  verdict: make(kind, why, wayOut),
  isFinal: true,
});

const open = (kind: VerdictKind, why: string, wayOut: string): Judged => ({
  verdict: make(kind, why, wayOut),
  isFinal: false,
});

const WAYS = {
  refused:
    "See the code in ARCHITECTURE.md; check the key, the fleet and the hosts' names, and publish again.",
  undone:
    "Read why above, mend it and publish again; `nixwave retry HOST` tries the same once more.",
  asks: "`nixwave retry HOST`, `nixwave skip HOST` or `nixwave abort`; or mend it and publish again.",
  stopped: "`nixwave retry` tries it again.",
  held: "`nixwave status` shows what it waits for and how to go on.",
  missing: "`nixwave status` shows these hosts; `nixwave retry HOST` tries one again.",
  asleep: "Nothing to do: they catch up when they are back.",
  noHub: "Start the hub, or check its connection to this broker.",
  flow: "Check in Node-RED that the release node's output leads to the rollout node.",
  look: "`nixwave status --watch` shows how it goes on.",
  broker: "Check the broker and the way to it.",
} as const;
