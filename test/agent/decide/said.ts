import type { Action } from "../../../agent/decide/action.ts";

/** One line of the walk, for whoever reads why it is red. */
export function said(action: Action): string {
  if (action.do === "note") return `note ${action.said}`;
  if (action.do === "start") return `${action.order.run.verb}.${action.order.run.count}`;
  if (action.do === "arm" || action.do === "write-trial")
    return `${action.do} ${action.trial.phase}`;
  return action.do;
}

/** A change summary that says nothing. */
export const NOTHING = {
  ...{ downloadBytes: 0, unpackedBytes: 0, packages: [], packagesTotal: 0 },
  ...{ stop: [], restart: [], start: [], reload: [], unitsTotal: 0 },
};
