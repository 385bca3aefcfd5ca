import type { HostName, Reported, RolloutStatus, StorePath } from "../../contract/index.ts";

export interface Expected {
  readonly host: HostName;
  readonly after: StorePath;
}

export type Verdict =
  | { readonly kind: "waiting" }
  | { readonly kind: "deployed" }
  | { readonly kind: "failed"; readonly why: string };

/**
 * Whether every host itself has reported the release: its outcome, and that the path runs and is the
 * profile's. The hub's word alone is not enough, and neither is a process that ended well. Pure.
 */
export function verdictOf(
  expected: readonly Expected[],
  reports: ReadonlyMap<HostName, Reported>,
  status: RolloutStatus | null,
): Verdict {
  if (status?.phase !== "Completed") return { kind: "waiting" };
  if (status.completion !== "Promoted") {
    return { kind: "failed", why: `the rollout ended as ${status.completion}: ${status.why}` };
  }
  return expected.every((one) => hasReported(one, reports.get(one.host)))
    ? { kind: "deployed" }
    : { kind: "waiting" };
}

/** What is still missing, for a demo that ran out of time. */
export const missing = (
  expected: readonly Expected[],
  reports: ReadonlyMap<HostName, Reported>,
): string =>
  expected
    .filter((one) => !hasReported(one, reports.get(one.host)))
    .map(({ host }) => {
      const report = reports.get(host);
      return report ? `${host} is ${report.phase}, runs ${report.current}` : `${host} is silent`;
    })
    .join("; ") || "the hub has not said that it is over";

const hasReported = ({ after }: Expected, report: Reported | undefined): boolean =>
  report?.outcome?.code === "succeeded" &&
  report.target === after &&
  report.current === after &&
  report.profile === after;
