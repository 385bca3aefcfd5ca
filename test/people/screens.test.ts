import { describe, expect, test } from "vitest";
import {
  DEFAULT_BASE,
  type EpochMs,
  parseHoldSource,
  parsePayload,
  parseTopic,
  WIRE,
  WIRE_KINDS,
} from "../../src/contract/index.ts";
import {
  eventPublication,
  type HoldInForce,
  hostFlags,
  notificationOf,
  plainWords,
  updatePublication,
} from "../../src/people/index.ts";
import { readReason } from "../../src/rollout/index.ts";
import { NOON } from "../support/contract-builders.ts";
import { RP4, update } from "./home-assistant-schemas.ts";
import { ENGLISH, GERMAN, HOMES, paused, situationOf, statusOf, told } from "./scenes.ts";

const HOUR_MS = 3_600_000;

const words = (
  status: Parameters<typeof situationOf>[0],
  home = ENGLISH,
  rest: Parameters<typeof situationOf>[1] = {},
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    plainWords(DEFAULT_BASE, situationOf(status, rest), home).map(({ topic, payload }) => [
      topic.replace("nixwave/v1/screens/", ""),
      payload,
    ]),
  );

describe("plain words for dashboards", () => {
  test("say where the rollout and each host stand", () => {
    const status = statusOf(
      { rp4: "Soaking", nuc: ["Failed", "disk-full: none left"] },
      { paused: paused("HostFailure") },
    );
    expect(words(status)).toEqual({
      "rollout/state": "under way",
      "rollout/release": "14 Jul, nixpkgs bump",
      "rollout/why": "a host failed",
      "rollout/paused": "ON",
      "rollout/asks": "OFF",
      "rollout/problem": "ON",
      "hosts/rp4/state": "in trial, being watched",
      "hosts/rp4/problem": "OFF",
      "hosts/nuc/state": "failed",
      "hosts/nuc/problem": "ON",
    });
  });

  test("are never empty: an empty retained payload would delete the topic", () => {
    for (const home of HOMES) {
      for (const status of [null, statusOf({ rp4: "Queued" }, { phase: "Pending" })]) {
        for (const publication of plainWords(DEFAULT_BASE, situationOf(status), home)) {
          expect(publication).toMatchObject({ retain: true, payload: expect.stringMatching(/./) });
        }
      }
    }
  });

  test("name the end, and its reason, in the home's language", () => {
    const status = statusOf(
      { rp4: "Rejected" },
      { phase: "Completed", completion: "Rejected", why: readReason("signature-invalid: no key") },
    );
    expect(words(status, GERMAN)).toMatchObject({
      "rollout/state": "das Release wurde abgelehnt",
      "rollout/why": "Das Release trägt keine Unterschrift, der dieses Zuhause vertraut. no key",
      "rollout/paused": "OFF",
    });
    expect(words(null)).toMatchObject({ "rollout/state": "no release yet", "rollout/why": "-" });
  });

  test("name who holds as one set, and until when the last of them does", () => {
    const status = statusOf({ rp4: "Staged" }, { paused: paused("Hold") });
    const hold = (source: string, until: number | null, of: string | null = null) => ({
      ...{ source: parseHoldSource(source), host: of === null ? null : RP4, since: NOON },
      until: until === null ? null : ((NOON + until) as EpochMs),
    });
    const why = (holds: readonly HoldInForce[], home = ENGLISH) =>
      words(status, home, { holds })["rollout/why"];
    const dash = hold("Dash-tile", HOUR_MS);
    expect(why([dash])).toBe("held by Dash tile, until 15:00");
    expect(why([dash, hold("phone", 8 * HOUR_MS)])).toBe(
      "held by Dash tile and phone, until 22:00",
    );
    expect(why([hold("phone", 8 * HOUR_MS), dash])).toBe(
      "held by phone and Dash tile, until 22:00",
    );
    expect(why([dash, hold("phone", null), hold("wall", 1)])).toBe(
      "held by Dash tile, phone and wall",
    );
    expect(why([hold("wall", null, "rp4"), dash], GERMAN)).toBe(
      "angehalten von Dash tile, bis 15:00; rp4 angehalten von wall",
    );
  });

  test("name the holders also while nothing is under way", () => {
    const holds = [{ source: parseHoldSource("wall"), host: null, since: NOON, until: null }];
    expect(words(null, ENGLISH, { holds })["rollout/why"]).toBe("held by wall");
  });

  test("stay within what Home Assistant takes as a state", () => {
    const status = statusOf(
      { rp4: "Failed" },
      { why: readReason(`disk-full: ${"long".repeat(122)}`) },
    );
    expect(Math.max(...Object.values(words(status)).map((word) => word.length))).toBe(255);
  });
});

test("whatever is published for screens is what the wire takes under that topic", () => {
  const status = statusOf({ rp4: "Soaking", nuc: ["Failed", "disk-full: none left"] });
  const held = told("HoldIsOld", { source: parseHoldSource("switch"), since: NOON });
  const note = notificationOf(held, situationOf(status), ENGLISH);
  if (note === null) throw new Error("nothing is told");
  const all = [
    ...plainWords(DEFAULT_BASE, situationOf(status), GERMAN),
    ...plainWords(DEFAULT_BASE, situationOf(null), GERMAN),
    ...hostFlags(DEFAULT_BASE, RP4, { rebootNeeded: true, asks: false, takesPart: false }, GERMAN),
    updatePublication(DEFAULT_BASE, update({}), GERMAN),
    eventPublication("HoldIsOld", note, DEFAULT_BASE),
  ];
  const kinds = all.map(({ topic, payload, retain }) => {
    const { kind } = parseTopic(DEFAULT_BASE, topic);
    expect([kind, retain]).toEqual([kind, WIRE[kind].retain]);
    const parsed = parsePayload(kind, Buffer.from(payload));
    expect(typeof parsed === "string" ? parsed : JSON.stringify(parsed)).toBe(payload);
    return kind;
  });
  const screens = WIRE_KINDS.filter((kind) => WIRE[kind].topic.startsWith("screens/"));
  expect(new Set(kinds)).toEqual(new Set(screens));
});
