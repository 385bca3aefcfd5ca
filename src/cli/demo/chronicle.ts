import type { HostName, Reported, RolloutStatus, StorePath } from "../../contract/index.ts";
import type { HomeSight } from "./home-sight.ts";

/** Who holds; everybody else in the table is a host. */
export const HUB = "hub";

/** One thing that was seen in reported state, for the table at the end. */
export interface Observed {
  /** Of the demo; null: none of its releases. */
  readonly release: number | null;
  readonly who: string;
  readonly what: string;
  /** What the host says that it runs now. */
  readonly runs: StorePath | null;
}

/** Collects how attempts ended and what held them, from what is reported and nothing else. */
export function openChronicle(releaseOf: (storePath: string) => number | null) {
  const seen = new Map<string, Observed>();
  const lookAt = (host: HostName, report: Reported, status: RolloutStatus | null): void => {
    const { outcome, rollout, attempt } = report;
    if (!outcome || outcome.code === "canceled") return;
    const key = `${host} ${rollout} ${attempt}`;
    const isItsRollout = status?.rollout === rollout;
    // The hub's reason may arrive after the host's report; later rollouts know nothing of it.
    if (seen.has(key) && !isItsRollout) return;
    const why = status && isItsRollout ? whyOf(host, status) : "";
    seen.set(key, ended(host, report, outcome, why, releaseOf));
  };
  return {
    get seen(): readonly Observed[] {
      return [...seen.values()];
    },
    look({ reports, status }: HomeSight): void {
      for (const [host, report] of reports) lookAt(host, report, status);
      if (status && status.completion === null && isHeldAlone(status)) {
        const what = `${status.paused[0]?.why ?? "held"}: nothing new may begin`;
        const release = numberIn(status.title);
        seen.set(`hold ${status.rollout}`, { release, who: HUB, what, runs: null });
      }
    },
  };
}

const isHeldAlone = ({ paused }: RolloutStatus): boolean =>
  paused.length > 0 && paused.every(({ condition }) => condition === "Hold");

/** "17.4, should be above 18; 2 of the last 3 readings failed": the first part says it. */
const whyOf = (host: HostName, { hosts }: RolloutStatus): string =>
  hosts.find((one) => one.host === host)?.why.split(";")[0] ?? "";

function ended(
  host: HostName,
  { target, current }: Reported,
  { code, reason }: NonNullable<Reported["outcome"]>,
  why: string,
  releaseOf: (storePath: string) => number | null,
): Observed {
  const release = releaseOf(target ?? "");
  const because = [code, reason].filter(Boolean).join(", ");
  const undone = `undone: ${why || reason || "no reason"}`;
  const what = code === "succeeded" ? "kept" : code === "rolled-back" ? undone : because;
  return { release, who: host, what, runs: current };
}

/** The demo's titles begin with their number. */
const numberIn = (title: string | null): number | null => {
  const digits = /^\d+/.exec(title ?? "")?.[0];
  return digits === undefined ? null : Number(digits);
};
