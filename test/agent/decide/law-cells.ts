import type { Limits } from "../../../agent/decide/action.ts";
import type { Facts, RunState } from "../../../agent/decide/facts.ts";
import type { InboxSession, OpenAttempt, Trial } from "../../../src/contract/index.ts";
import {
  factsOf,
  LAST_BOOT,
  LEASE_MS,
  limits,
  NEW,
  OLD,
  OTHER,
  openOf,
  THIS_BOOT,
  trialOf,
} from "./host-view.ts";

/** One situation of a host: what its journal says, and what is true of it. */
export interface Cell {
  readonly open: OpenAttempt;
  readonly facts: Facts;
  readonly limits: Limits;
}

const SWITCHED_MS = 1_000_000;
const OPEN = openOf();
const exited = (status: number): RunState => ({
  ...{ state: "ended", output: "" },
  end: { kind: "exited", status },
});
const session = (openedBootMs: number): InboxSession => ({
  ...{ v: 1, session: THIS_BOOT, bootId: THIS_BOOT, openedBootMs },
});
const PHASES = [
  ...["armed", "rebooting", "in-trial", "committing", "reverting", "reverted", "recovering"],
  "taken-over",
] as Trial["phase"][];
const trials: readonly (Trial | null)[] = [
  null,
  ...PHASES.map((phase) => trialOf({ phase })),
  ...PHASES.map((phase) => trialOf({ phase, bootId: LAST_BOOT })),
  trialOf({ attempt: "r-0/1" }),
  trialOf({ attempt: "r-0/1", phase: "committing" }),
  trialOf({ phase: "armed", deadlineMs: SWITCHED_MS + 10 * LEASE_MS }),
];

/** Every value of everything that a rule may look at; the cells are their product. */
const AXES = {
  phase: ["staging", "staged", "activating", "rebooting", "in-trial", "committing", "reverting"],
  step: [
    ...[undefined, "arming", "switching", "probing", "profile", "booting", "undoing"],
    ...["recovering", "leaving"],
  ],
  goal: ["stage", "trial", "boot", "commit", "revert"],
  origin: ["hub", "person"],
  approved: [undefined, "one-shot", "no-way-back"],
  bootId: [THIS_BOOT, LAST_BOOT],
  current: [OLD, NEW, OTHER, null],
  profile: [OLD, NEW, OTHER, null],
  profileBefore: [OLD, OTHER, null],
  booted: [OLD, NEW],
  bootDefault: [null, OLD, NEW],
  trial: trials,
  isDeadmanArmed: [true, false],
  run: [
    ...([{ state: "none" }, { state: "running" }, { state: "lost" }] as const),
    ...[0, 1, 2, 4, 11, 100].map(exited),
    { state: "ended", end: { kind: "too-slow" }, output: "" },
    { state: "ended", end: { kind: "killed", signal: "SIGKILL" }, output: "\u001b[0m" },
    { state: "ended", end: { kind: "not-started", message: "203" }, output: "" },
  ],
  count: [1, 2, 251, 501, 751],
  bootMs: [SWITCHED_MS + LEASE_MS - 1, SWITCHED_MS + LEASE_MS],
  session: [null, session(SWITCHED_MS - 1), session(SWITCHED_MS)],
  isOwnSystem: [true, false],
  rebootToRecover: [true, false],
  mode: ["active", "observe"],
} as const;

type AxisName = keyof typeof AXES;
type Choice = { readonly [Name in AxisName]: (typeof AXES)[Name][number] };
const ENTRIES = Object.entries(AXES) as [AxisName, readonly unknown[]][];
/** A prime that divides no axis: its multiples go through all the cells, and any run of them is spread evenly. */
const STRIDE = 2_305_843_009_213_693_951n;

const VERBS: Partial<Record<string, OpenAttempt["run"]>> = {
  "activating/switching": { verb: "test", count: 1 },
  "rebooting/booting": { verb: "entry", count: 1 },
  "rebooting/undoing": { verb: "entry-back", count: 1 },
  "committing/booting": { verb: "boot", count: 1 },
  "reverting/profile": { verb: "unboot", count: 1 },
  "reverting/undoing": { verb: "back", count: 1 },
};

/** So many of all the cells, spread evenly; the same ones every time. */
export function* spreadCells(many: number): Generator<Cell> {
  const all = ENTRIES.reduce((product, [, values]) => product * BigInt(values.length), 1n);
  for (let number = 0; number < many; number++) {
    let rest = (BigInt(number) * STRIDE) % all;
    const chosen: Partial<Record<AxisName, unknown>> = {};
    for (const [name, values] of ENTRIES) {
      chosen[name] = values[Number(rest % BigInt(values.length))];
      rest /= BigInt(values.length);
    }
    yield cellOf(chosen as Choice);
  }
}

const ended = exited(0) as Choice["run"];
const usual = {
  ...{ phase: "in-trial", step: "probing", goal: "trial", origin: "hub", approved: undefined },
  ...{ bootId: THIS_BOOT, current: NEW, profile: OLD, profileBefore: OLD, booted: OLD },
  bootDefault: null,
  ...{ trial: trialOf(), isDeadmanArmed: true, run: ended, count: 1 },
  ...{ bootMs: SWITCHED_MS + LEASE_MS - 1, session: session(SWITCHED_MS), isOwnSystem: true },
  ...{ rebootToRecover: true, mode: "active" },
} as Choice;
const armed: Partial<Choice> = { trial: trials.at(-1) ?? null, isDeadmanArmed: true };
const committing: Partial<Choice> = {
  ...{ phase: "committing", step: "booting", goal: "commit", isDeadmanArmed: false },
  ...{ trial: trialOf({ phase: "committing" }), profile: NEW },
};
const rebooting: Partial<Choice> = {
  ...{ phase: "rebooting", goal: "boot", approved: "one-shot", current: OLD, profile: NEW },
  ...{ trial: trialOf({ phase: "rebooting" }), isDeadmanArmed: false },
};
const reverting: Partial<Choice> = { phase: "reverting", trial: trialOf({ phase: "reverting" }) };

/** What a host meets on its usual ways. */
const BASES: readonly Partial<Choice>[] = [
  { phase: "staging" },
  { phase: "staged", trial: null, current: OLD },
  { phase: "activating", step: "arming", current: OLD, ...armed },
  { phase: "activating", step: "switching", current: OLD, run: { state: "none" }, ...armed },
  { phase: "activating", step: "switching", ...armed },
  { phase: "activating" },

  {},
  { goal: "commit" },
  { goal: "revert" },
  { approved: "no-way-back", profile: NEW },
  committing,
  { ...committing, run: { state: "none" } },
  { ...committing, step: "profile", profile: OLD },
  rebooting,
  { ...rebooting, step: "booting" },
  { ...rebooting, step: "leaving" },
  { ...rebooting, step: "undoing", profile: OLD },
  { ...rebooting, step: "leaving", bootId: LAST_BOOT, current: NEW, booted: NEW },

  { ...reverting, step: "profile" },
  { ...reverting, step: "undoing" },
  { ...reverting, step: "undoing", current: OLD },
  { ...reverting, step: "recovering", trial: trialOf({ phase: "recovering" }) },
  { ...reverting, step: "leaving", current: OLD },
];

/** The usual situations, and each of them with any two things otherwise than usual. */
export function* nearCells(): Generator<Cell> {
  for (const base of BASES) yield* around({ ...usual, ...base });
}

function* around(base: Choice): Generator<Cell> {
  for (const [index, [name, values]] of ENTRIES.entries()) {
    for (const [other, others] of ENTRIES.slice(index + 1)) {
      for (const value of values) {
        for (const also of others) yield cellOf({ ...base, [name]: value, [other]: also });
      }
    }
  }
}

function cellOf(at: Choice): Cell {
  const run = VERBS[`${at.phase}/${at.step}`];
  const open = {
    ...{ ...OPEN, phase: at.phase, goal: at.goal, origin: at.origin, bootId: at.bootId },
    profileBefore: at.profileBefore,
    ...(at.step && { step: at.step }),
    ...(at.approved && { approved: at.approved }),
    ...(run && { run: { ...run, count: at.count } }),
  } as OpenAttempt;
  const { current, profile, booted, bootDefault, trial, isDeadmanArmed, bootMs, isOwnSystem } = at;
  const facts = factsOf({
    ...{ current, profile, booted, bootDefault, trial, isDeadmanArmed, bootMs, isOwnSystem },
    ...{ session: at.session, run: run ? (at.run as RunState) : { state: "none" } },
  });
  const { rebootToRecover, mode } = at;
  return { open, facts, limits: { ...limits, rebootToRecover, mode } };
}
