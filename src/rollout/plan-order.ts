import { type HostName, NixwaveError } from "../contract/index.ts";
import type { Group, PlannedHost } from "./plan.ts";

export type DraftHost = Omit<PlannedHost, "awaitedBy" | "group" | "asked" | "reboot">;
export type Draft = Omit<Group, "hosts" | "from"> & { readonly hosts: readonly DraftHost[] };

/**
 * Groups as they will go: hosts that carry the broker or the hub are taken out, each becoming a group of
 * its own at the end, since their update takes the way home with it (DESIGN 8).
 * @throws NixwaveError plan-impossible: a host named twice, an unknown or circular dependency
 */
export function inOrder(drafts: readonly Draft[]): readonly Group[] {
  const plain = drafts
    .map((draft) => ({ ...draft, hosts: draft.hosts.filter((one) => !carries(one)) }))
    .filter(({ hosts }) => hosts.length > 0);
  const last = drafts
    .flatMap((draft) => draft.hosts.filter(carries).map((one) => ({ ...draft, hosts: [one] })))
    .map((draft) => ({ ...draft, name: nameOf(draft), parallel: 1 }))
    .toSorted((a, b) => weight(a) - weight(b));
  const groups = [...plain, ...last];
  refuseTwins(groups);
  refuseImpossible(groups);
  return compile(groups);
}

const carries = (host: DraftHost): boolean => host.carries.length > 0;
const nameOf = ({ hosts }: Draft): string => hosts.map(({ host }) => host).join();
/** The hub's own host closes the rollout: after it nobody is left to conduct. */
const weight = ({ hosts }: Draft): number =>
  hosts.some((one) => one.carries.includes("hub")) ? 1 : 0;

function refuseTwins(groups: readonly Draft[]): void {
  const seen = new Set<string>();
  for (const { host } of groups.flatMap(({ hosts }) => hosts)) {
    if (seen.has(host)) throw impossible(`${host} is named twice`);
    seen.add(host);
  }
  const names = groups.map(({ name }) => name);
  if (new Set(names).size < names.length) throw impossible("two groups have the same name");
}

/** A host may wait for hosts of its own or an earlier group only, and never for itself in a circle. */
function refuseImpossible(groups: readonly Draft[]): void {
  const done = new Set<HostName>();
  const named = new Set(groups.flatMap(({ hosts }) => hosts.map(({ host }) => host)));
  for (const { hosts } of groups) {
    for (const { host, after } of hosts) {
      const stranger = after.find((one) => !named.has(one));
      if (stranger) throw impossible(`${host} waits for ${stranger}, which the plan does not name`);
    }
    refuseCircle(hosts, done);
  }
}

function refuseCircle(hosts: readonly DraftHost[], done: Set<HostName>): void {
  let waiting = hosts;
  while (waiting.length > 0) {
    const left = waiting.filter(({ after }) => !after.every((one) => done.has(one)));
    const ready = waiting.filter(({ after }) => after.every((one) => done.has(one)));
    if (ready.length === 0) {
      const story = left.map(({ host, after }) => `${host} waits for ${after.join(" and ")}`);
      throw impossible(`nobody could begin: ${story.slice(0, 5).join(", ")}`);
    }
    for (const one of ready) done.add(one.host);
    waiting = left;
  }
}

export const impossible = (what: string): NixwaveError => new NixwaveError("plan-impossible", what);

function compile(groups: readonly Draft[]): readonly Group[] {
  const awaitedBy = new Map<HostName, HostName[]>();
  for (const { host, after } of groups.flatMap(({ hosts }) => hosts)) {
    for (const one of after) awaitedBy.set(one, [...(awaitedBy.get(one) ?? []), host]);
  }
  let from = 0;
  return groups.map((draft, group) => {
    const hosts = draft.hosts.map((one) => ({
      ...one,
      awaitedBy: awaitedBy.get(one.host) ?? [],
      group,
      asked: draft.approval === "host",
      reboot: draft.reboot,
    }));
    from += hosts.length;
    return { ...draft, hosts, from: from - hosts.length };
  });
}
