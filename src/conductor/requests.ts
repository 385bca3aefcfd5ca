import {
  type EpochMs,
  type HoldSource,
  type HostName,
  parseHoldSource,
} from "../contract/index.ts";
import {
  asksApproval,
  entriesOf,
  type HostEntry,
  isBad,
  type RolloutEvent,
  type RolloutState,
} from "../rollout/index.ts";
import type { Asked } from "./conductor.ts";

/**
 * What Home Assistant's "install" of one host means now: the approval that this host or its group waits for, else
 * that what waits may begin. A reboot is never approved by it: nobody has read its risk there. Pure.
 */
export function installAsked(
  { hosts, plan, rollout }: RolloutState,
  host: HostName | null,
): Pick<Asked, "verb" | "host" | "group"> {
  const group = plan.groups.find((one) => one.hosts.some((planned) => planned.host === host));
  const isGroupAsked = (rollout?.paused ?? []).some(
    ({ why }) => why.code === "group-unapproved" && why.group === group?.name,
  );
  if (group && isGroupAsked) return { verb: "approve", host: null, group: group.name };
  const entry = entriesOf(hosts).find((one) => one.host === host);
  if (entry && asksApproval(entry)) return { verb: "approve", host };
  return { verb: "deploy", host: null };
}

type Events = readonly RolloutEvent[] | { readonly refused: string };
type AskedAt = Asked & { readonly at: EpochMs };

/** What was asked, as the rollout hears it: the first of these that changes something is the answer. Pure. */
export function eventsFor(state: RolloutState, asked: AskedAt): Events {
  const { at, by, host } = asked;
  switch (asked.verb) {
    case "hold":
      return [holdOf(asked)];
    case "resume":
      return released(state, asked);
    case "deploy":
      return [{ type: "DeployAsked", at, by, now: asked.now ?? false }];
    case "approve":
      return approvals(state, asked);
    case "skip":
      return onOne(host ?? asksWhetherToSkip(state), (one) => ({
        ...{ type: "SkipAsked", at, by },
        host: one,
      }));
    case "retry":
      return [{ type: "RetryAsked", at, by, host }];
    case "abort":
      return [{ type: "AbortAsked", at, by, scope: asked.scope ?? "failed" }];
    case "rollback":
      return [{ type: "RollbackAsked", at, by, host }];
    case "promote":
      return onOne(host ?? isWatched(state), (one) => ({
        ...{ type: "PromoteAsked", at, by },
        host: one,
      }));
    case "unfence":
      return [{ type: "FenceCleared", at, by }];
  }
}

/** A hold is named by its source; one that names none is its asker's. */
export function sourceOf({ source, by }: Pick<Asked, "source" | "by">): HoldSource {
  return source ?? parseHoldSource(by.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 63) || "somebody");
}

function holdOf(asked: AskedAt): RolloutEvent {
  const { at, host, duration } = asked;
  const lasts = duration === undefined ? {} : { duration };
  return { type: "HoldSet", at, source: sourceOf(asked), host, ...lasts };
}

/** Without a source: every hold of that host, or all of them. */
function released({ holds }: RolloutState, { at, source, host }: AskedAt): Events {
  const meant = holds.filter((one) =>
    source === undefined ? host === null || one.host === host : one.source === source,
  );
  if (meant.length === 0)
    return { refused: source ? `${source} does not hold` : "nothing is held" };
  return meant.map((one) => ({ type: "HoldReleased", at, source: one.source }));
}

/** A reboot is approved in the words of the host's own risk (DESIGN 7, goal boot). */
function approvals(state: RolloutState, { at, by, host, group, risk }: AskedAt): Events {
  const plain = { type: "Approved", at, by, group: group ?? null, host } as const;
  const entries = entriesOf(state.hosts);
  if (host !== null) {
    const entry = entries.find((one) => one.host === host);
    if (!entry || !needsReboot(entry)) return [plain];
    const own = risk ?? entry.bootRisk;
    if (own === null) return { refused: `${host} has not said what its reboot risks` };
    return [{ ...plain, risk: own }];
  }
  const rebooting = entries.filter(needsReboot);
  const [only] = rebooting;
  if (group !== undefined || rebooting.length !== 1 || !only?.bootRisk) return [plain];
  return [plain, { ...plain, host: only.host, risk: risk ?? only.bootRisk }];
}

const needsReboot = ({ step, planned }: HostEntry): boolean =>
  step?.state === "NeedsReboot" && planned.reboot === "ask";

function onOne(host: HostName | null, event: (host: HostName) => RolloutEvent): Events {
  return host === null ? { refused: "no host asks for that" } : [event(host)];
}

const firstOf = (state: RolloutState, is: (entry: HostEntry) => boolean): HostName | null =>
  entriesOf(state.hosts).find(is)?.host ?? null;

const asksWhetherToSkip = (state: RolloutState): HostName | null =>
  firstOf(
    state,
    ({ step }) => step !== null && !step.waived && (isBad(step.state) || step.state === "Unknown"),
  );

const isWatched = (state: RolloutState): HostName | null =>
  firstOf(state, ({ step }) => step?.state === "Soaking" && step.soak !== "Successful");
