import { dateText } from "../words.ts";
import { type Answer, type Check, found, given, ok, spanText, unsure } from "./check.ts";
import type { Facts } from "./facts.ts";

/** No program of ours is older: a clock before it was never set. */
const BEFORE_US = Date.UTC(2024, 0, 1);
/** A report is minutes old at the worst when it is live; orders bear 15 minutes. */
const APART_MS = 120_000;

/** Local, hub's and hosts' clocks. */
export const CLOCK_CHECK: Check = {
  id: "clock",
  weight: "wrong",
  meaning: "A clock is not set: this computer's, the hub's or a host's.",
  wayOut: "Check time synchronisation there (timedatectl); a host without it holds by design.",
  look: clockLook,
};

function clockLook(facts: Facts): Answer {
  const { now, isClockSynchronised } = facts;
  if (now < BEFORE_US) return found(`this computer says it is ${dateText(now)}`);
  const own = isClockSynchronised === false ? ["this computer's clock is not synchronised"] : [];
  return given(facts.reports, (reports) => {
    const hosts = reports.flatMap(({ report: { host, at, clock }, isLive, heardAt }) => {
      if (clock === "unsynchronised") return [`${host} says that its clock is not synchronised`];
      const apart = apartText(at, heardAt, isLive);
      return apart ? [`${host}'s clock ${apart}`] : [];
    });
    const lines = [...own, ...hosts, ...ofHub(facts)];
    if (lines.length > 0) return found(lines);
    if (isClockSynchronised === null)
      return unsure("this system does not say whether its clock is synchronised");
    if (reports.length === 0 && !(facts.rollout.isKnown && facts.rollout.value)) {
      return unsure("nobody has said what time it is there");
    }
    return ok("nobody's clock is out of step");
  });
}

function ofHub({ rollout }: Facts): readonly string[] {
  if (!rollout.isKnown || !rollout.value) return [];
  const { status, isLive, heardAt } = rollout.value;
  if (status.paused.some(({ condition }) => condition === "ClockUnsynced")) {
    return ["the hub says that its clock is not synchronised"];
  }
  const apart = apartText(status.at, heardAt, isLive);
  return apart ? [`the hub's clock ${apart}`] : [];
}

/** Of a retained copy only the future is a sign. */
function apartText(at: number, heardAt: number, isLive: boolean): string | null {
  if (at < BEFORE_US) return `stands at ${dateText(at)}`;
  const ahead = at - heardAt;
  if (ahead > APART_MS) return `is ${spanText(ahead)} ahead of this computer's`;
  return isLive && -ahead > APART_MS ? `is ${spanText(ahead)} behind this computer's` : null;
}
