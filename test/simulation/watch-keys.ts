import type { SessionId } from "../../src/contract/index.ts";
import type { Reason, Rollout } from "../../src/rollout/index.ts";

/** Of one hub: a copy of it does not hear what a person tells the other. */
export const abortKey = (instance: SessionId, { id, run }: Pick<Rollout, "id" | "run">): string =>
  `${instance}/${id}/${run}`;

/** Times of its own hold back that group alone. */
export const isOfAnotherGroup = (why: Reason, own: string | undefined): boolean =>
  (why.code === "outside-group-window" || why.code === "group-window-never") && why.group !== own;
