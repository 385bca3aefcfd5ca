import type { HostName, RolloutStatus } from "../../../src/contract/index.ts";

type Status = RolloutStatus | null;

/** Whether this release's rollout waits for that reason. */
export const isPausedBy = (status: Status, title: string, condition: string): boolean =>
  status?.title === title && status.paused.some((pause) => pause.condition === condition);

export const stateOf = (status: Status, host: HostName): string | undefined =>
  status?.hosts.find((one) => one.host === host)?.state;

/** Whether this release's rollout has ended, and in this way. */
export const endedAs = (status: Status, title: string, completion: string): boolean =>
  status?.title === title && status.completion === completion;
