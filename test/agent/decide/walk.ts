import fc from "fast-check";
import { NEW, OLD } from "./host-view.ts";
import { type Event, WalkedHost } from "./walked-host.ts";
import type { SwitchEnd } from "./walked-reality.ts";

const exited = (status: number): SwitchEnd => ({ end: { kind: "exited", status } });
const switchEnd = fc.constantFrom<SwitchEnd[]>(
  ...[0, 1, 2, 4, 11, 100].map(exited),
  { ...exited(0), runs: "before" },
  { ...exited(2), runs: "target" },
  { ...exited(1), runs: "target" },
  { end: { kind: "too-slow" }, runs: "target" },
  { end: { kind: "killed", signal: "SIGKILL" } },
  { ...exited(0), isLost: true },
  { ...exited(0), isLost: true, runs: "before" },
  { end: { kind: "not-started", message: "203" } },
);

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Event>({ kind: "session" }) },
  {
    weight: 8,
    arbitrary: fc
      .constantFrom("stage", "trial", "boot", "commit", "commit", "revert")
      .map((goal) => ({ kind: "order", goal }) as Event),
  },
  { weight: 3, arbitrary: fc.nat(700_000).map((ms) => ({ kind: "pass", ms }) as Event) },
  { weight: 3, arbitrary: switchEnd.map((ends) => ({ kind: "switch", ends }) as Event) },
  { weight: 2, arbitrary: fc.constant<Event>({ kind: "power" }) },
  { weight: 1, arbitrary: fc.constantFrom<Event>({ kind: "confirm" }, { kind: "revert" }) },
  { weight: 1, arbitrary: fc.boolean().map((pass) => ({ kind: "probes", pass }) as Event) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("person-back", "person-new", "person-other", "person-profile")
      .map((kind) => ({ kind }) as Event),
  },
);

/** What happens, and after how many actions the activator is killed by it (many: it rests first). */
const turn = fc.tuple(event, fc.oneof(fc.nat(8), fc.constant(400)));

export const walk = fc.record({
  risk: fc.constantFrom("one-shot" as const, "no-way-back" as const),
  needsReboot: fc.boolean(),
  isLoaderRead: fc.boolean(),
  isNewBooted: fc.boolean(),
  rebootToRecover: fc.boolean(),
  first: fc.constantFrom("stage" as const, "trial" as const, "boot" as const),
  turns: fc.array(turn, { maxLength: 14 }),
});
export type Walk = typeof walk extends fc.Arbitrary<infer T> ? T : never;

const TICK_MS = 15_000;
const TICKS = 200;

function begun({ first, turns, ...ground }: Walk): WalkedHost {
  const host = new WalkedHost(ground);
  host.meet({ kind: "order", goal: first });
  for (const [happens, most] of turns) {
    host.act(most);
    host.meet(happens);
  }
  return host;
}

/** Walks it; then no activator ever comes again, and the deadman alone is left. */
export function abandoned(way: Walk): WalkedHost {
  const host = begun(way);
  for (let tick = 0; tick < TICKS; tick++) host.meet({ kind: "pass", ms: TICK_MS });
  return host;
}

/** Walks it, then leaves the host alone for as long as any lease lasts. */
export function walked(way: Walk): WalkedHost {
  const host = begun(way);
  for (let tick = 0; tick < TICKS && !isAtRest(host); tick++) {
    host.act();
    host.meet({ kind: "pass", ms: TICK_MS });
  }
  return host;
}

/** Closed, or staged for an order that never came. */
const isAtRest = ({ journal: { open }, trial, isArmed }: WalkedHost): boolean =>
  (open === null && trial === null && !isArmed) ||
  (open?.phase === "staged" && open.goal === "stage");

/** What is not so in the end. */
export function faultsOf(host: WalkedHost): readonly string[] {
  const faults = [...host.broken];
  const { open, closed } = host.journal;
  if (!isAtRest(host)) faults.push(`it does not end: ${open?.phase}/${open?.step}`);
  if (host.outcomes > 1) faults.push(`${host.outcomes} outcomes for one attempt`);
  const code = closed.at(-1)?.outcome.code;
  const isKept = code === "succeeded" || code === "already-installed";
  const isSafe = host.current === OLD || (host.current === NEW && isKept);
  if (!isSafe && code !== "taken-over" && code !== "inconsistent" && !host.isPersons) {
    faults.push(`runs what nobody kept: ${code}`);
  }
  return faults;
}

/** Whether a host that nobody but the deadman looks at runs what nobody stands for, and could be back. */
export function isLeftIn(host: WalkedHost): boolean {
  const { journal, trial, current, profile, bootDefault, isPersons } = host;
  if (current !== NEW || isPersons || trial === null) return false;
  const isKept = trial.phase === "committing" || journal.open === null;
  // of a reboot without a way back the approval said so; half a preparation and half a commit moved what boots
  const isDefault = profile === NEW || bootDefault === NEW;
  return !isKept && !isDefault;
}
