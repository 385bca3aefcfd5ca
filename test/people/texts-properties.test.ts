import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DEFAULT_BASE,
  ERRORS,
  parseHoldSource,
  parsePayload,
  parseRolloutId,
  parseTopic,
} from "../../src/contract/index.ts";
import { MEASUREMENTS, REASONS, VERDICTS } from "../../src/gate/index.ts";
import {
  eventPublication,
  hostStatusText,
  type Notification,
  notificationOf,
  plainWords,
  rolloutStatusText,
  type Situation,
} from "../../src/people/index.ts";
import {
  COMPLETIONS,
  END_STATES,
  HOST_STATES,
  PAUSE_CONDITIONS,
  plainReason,
  type Reason,
  ROLLOUT_PHASES,
  type RolloutNow,
  readReason,
} from "../../src/rollout/index.ts";
import { at, DAY_MS, NOON } from "../support/contract-builders.ts";
import {
  endedRollout,
  HOMES,
  host,
  ROLLOUT_ID,
  sample,
  situationOf,
  statusOf,
  told,
  verdictOf,
} from "./scenes.ts";

const PATH = `/nix/store/${"0123456789abcdfghijklmnpqrsvwxyz"}-nixos-system-rp4-26.05`;
const UUID = "11111111-1111-4111-8111-111111111111";
/** What machines say: anything, and above all ids. */
const machine = fc
  .array(
    fc.oneof(
      fc.constantFrom(PATH, UUID, "main-1784030400000", "ab".repeat(32), "\n", " ", ": "),
      fc.constantFrom(...Object.keys(ERRORS)),
      fc.string({ unit: "grapheme", maxLength: 40 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));
const why = fc
  .oneof(
    machine,
    fc
      .tuple(fc.constantFrom(...Object.keys(ERRORS)), machine)
      .map(([code, text]) => `${code}: ${text}`),
  )
  .map(readReason);
const cause = why.map((reason): Reason => reason ?? { code: "newer-waits" });
const name = fc.stringMatching(/^[a-z0-9-]{1,63}$/).map(host);
const source = fc.stringMatching(/^[A-Za-z0-9_-]{1,63}$/).map(parseHoldSource);
const instant = fc.integer({ min: 0, max: 400 * DAY_MS }).map((ms) => at(ms - 200 * DAY_MS));

const status: fc.Arbitrary<RolloutNow> = fc
  .record({
    rollout: fc.option(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/).map(parseRolloutId)),
    title: fc.option(machine),
    phase: fc.constantFrom(...ROLLOUT_PHASES),
    completion: fc.option(fc.constantFrom(...COMPLETIONS)),
    paused: fc.array(
      fc.record({ condition: fc.constantFrom(...PAUSE_CONDITIONS), since: instant, why }),
      { maxLength: 3 },
    ),
    hosts: fc.array(fc.record({ host: name, state: fc.constantFrom(...HOST_STATES), why }), {
      maxLength: 40,
    }),
    why,
  })
  .map((fields) => statusOf({}, fields));

const verdict = fc
  .record({
    status: fc.constantFrom(...VERDICTS),
    code: fc.constantFrom(...REASONS),
    row: machine,
    shown: fc.oneof(machine, fc.double().map(String)),
    measurement: fc.constantFrom(...MEASUREMENTS),
    binding: fc.boolean(),
  })
  .map(({ status: judged, code, row, shown, measurement, binding }) =>
    verdictOf({
      ...{ status: judged, binding },
      reason: { code, row, text: "" },
      samples: [sample(row, shown, measurement)],
    }),
  );

const situation: fc.Arbitrary<Situation> = fc
  .record({
    status: fc.option(status),
    trialEnds: fc.array(fc.record({ host: name, at: instant }), { maxLength: 5 }),
    holds: fc.array(
      fc.record({ source, host: fc.option(name), since: instant, until: fc.option(instant) }),
      { maxLength: 5 },
    ),
    opensAt: fc.option(instant),
    verdict: fc.option(verdict),
  })
  .map(({ status: now, ...rest }) => situationOf(now, rest));

const happened = fc.oneof(
  fc.constant(told("RolloutStarted", { rollout: endedRollout(null) })),
  fc
    .tuple(name, fc.constantFrom(...END_STATES), why)
    .map(([of, state, because]) =>
      told("HostEnded", { rollout: ROLLOUT_ID, host: of, attempt: 1, state, why: because }),
    ),
  fc
    .tuple(fc.constantFrom(...COMPLETIONS), why)
    .map(([completion, because]) =>
      told("RolloutEnded", { rollout: { ...endedRollout(completion), why: because } }),
    ),
  fc
    .tuple(fc.constantFrom(...PAUSE_CONDITIONS), cause)
    .map(([condition, because]) => told("Paused", { condition, why: because })),
  fc.constantFrom(...PAUSE_CONDITIONS).map((condition) => told("Resumed", { condition })),
  name.map((of) => told("DriftSeen", { host: of, current: null })),
  fc.tuple(source, instant).map(([by, since]) => told("HoldIsOld", { source: by, since })),
);

const RAW = /\/nix\/store\/[0-9a-z]{32}-|[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{32}|main-\d{13}|\d{13}/;
const BROKEN = /undefined|\bNaN\b|\[object|\bnull\b|\{\w+\}/;

/** Host names, sources and ids of the test's own may look like anything; they are taken out first. */
function expectReadable(text: string, now: Situation): void {
  const names = [
    ...(now.status?.hosts ?? []).map((one) => one.host),
    ...now.trialEnds.map((one) => one.host),
    ...now.holds.flatMap((one) => [one.source, one.host ?? ""]),
  ];
  if (names.some((one) => RAW.test(one) || BROKEN.test(one))) return;
  expect(text).not.toMatch(RAW);
  expect(text.isWellFormed()).toBe(true);
}

const expectBounded = ({ sequenceId, title, body, actions }: Notification): void => {
  expect(sequenceId).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  expect([...title].length).toBeLessThanOrEqual(120);
  expect(title).not.toMatch(/[\n\r]/);
  expect(title.trim()).not.toBe("");
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4096);
  expect(body.trim()).not.toBe("");
  expect(actions.length).toBeLessThanOrEqual(3);
};

test("no notification shows a raw id, a hole or more than a phone takes, whatever machines say", () => {
  fc.assert(
    fc.property(happened, situation, fc.constantFrom(...HOMES), (what, now, home) => {
      const notification = notificationOf(what, now, home);
      if (!notification) {
        expect(what.type).toMatch(/^(Paused|Resumed)$/); // covered by another pause, or by the end
        return;
      }
      expectBounded(notification);
      for (const { label } of notification.actions) expect(label).toMatch(/^\S.{0,19}$/);
      expectReadable(notification.title, now);
      expectReadable(notification.body, now);
      const event = eventPublication(what.type, notification, DEFAULT_BASE).payload;
      expect(parsePayload("screenEvent", Buffer.from(event))).toEqual(JSON.parse(event));
    }),
    { numRuns: 300 },
  );
});

test("no word on a screen or below a node is a raw id, a hole or too long", () => {
  fc.assert(
    fc.property(situation, fc.constantFrom(...HOMES), (now, home) => {
      for (const { topic, payload, retain } of plainWords(DEFAULT_BASE, now, home)) {
        expect(retain).toBe(true);
        expect(payload.trim()).not.toBe("");
        const { kind } = parseTopic(DEFAULT_BASE, topic);
        expect(parsePayload(kind, Buffer.from(payload))).toBe(payload);
        expectReadable(payload, now);
      }
      const below = [rolloutStatusText(now.status, home.language).text];
      for (const one of now.status?.hosts ?? []) {
        below.push(hostStatusText(one.host, one.state, home.language).text);
      }
      for (const text of below) expect([...text].length).toBeLessThanOrEqual(20);
    }),
  );
});

test("where machines say plain things, no text has a hole in it", () => {
  const plain = {
    title: "nixpkgs bump",
    why: { code: "error-said", error: "disk-full", said: "none left" } as const,
  };
  const hosts = Object.fromEntries(
    HOST_STATES.map((state) => [state.toLowerCase(), [state, plainReason(plain.why)] as const]),
  );
  for (const home of HOMES) {
    for (const phase of ROLLOUT_PHASES) {
      const now = situationOf(statusOf(hosts, { ...plain, phase }), {
        holds: [{ source: parseHoldSource("switch"), host: null, since: NOON, until: null }],
        opensAt: NOON,
        verdict: verdictOf(),
      });
      const stories = [
        ...PAUSE_CONDITIONS.flatMap((condition) => [
          told("Paused", { condition, why: { code: "newer-waits" } }),
          told("Resumed", { condition }),
        ]),
        ...COMPLETIONS.map((completion) =>
          told("RolloutEnded", { rollout: endedRollout(completion) }),
        ),
        ...END_STATES.map((state) =>
          told("HostEnded", {
            rollout: ROLLOUT_ID,
            host: host("rp4"),
            attempt: 1,
            state,
            why: plain.why,
          }),
        ),
      ];
      for (const story of stories) {
        expect(JSON.stringify(notificationOf(story, now, home))).not.toMatch(
          /undefined|NaN|\[object|\{\w+\}/,
        );
      }
      for (const { payload } of plainWords(DEFAULT_BASE, now, home)) {
        expect(payload).not.toMatch(BROKEN);
      }
    }
  }
});
