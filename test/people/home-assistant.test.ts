import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_BASE,
  parsePayload,
  parseTopic,
  parseTopicBase,
  parseUserName,
  type Serial,
} from "../../src/contract/index.ts";
import {
  eventPublication,
  type HomeAssistant,
  type HostUpdate,
  hostDiscovery,
  hubDiscovery,
  type Publication,
  plainWords,
  updatePublication,
  updateState,
  withoutHost,
} from "../../src/people/index.ts";
import { HOST_STATES } from "../../src/rollout/index.ts";
import { NOON } from "../support/contract-builders.ts";
import { ENGLISH, GERMAN, HOMES, host, statusOf } from "./scenes.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "home-assistant");
const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const schema = (name: string) =>
  ajv.compile(JSON.parse(readFileSync(join(FIXTURES, `${name}.schema.json`), "utf8")) as object);
const isUpdateState = schema("update-state");
const isDiscovery = schema("device-discovery");
const isEvent = schema("event-state");

const accepts = (validate: typeof isDiscovery, value: unknown): void => {
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
};

const RP4 = host("rp4");
const DOCS = "https://example.org/nixwave";
const HA: HomeAssistant = {
  base: DEFAULT_BASE,
  prefix: "homeassistant",
  version: "0.1.0",
  docsUrl: DOCS,
  operator: parseUserName("homeassistant"),
  home: ENGLISH,
};

interface Discovered {
  readonly device: Readonly<Record<string, unknown>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
const discovered = ({ payload }: Publication): Discovered => JSON.parse(payload) as Discovered;
const part = (publication: Publication, name: string): Readonly<Record<string, string>> => {
  const found = discovered(publication).components[name];
  if (found === undefined) throw new Error(`no component ${name}`);
  return found;
};

describe("what Home Assistant discovers", () => {
  test.each(HOMES)("is as its documentation says, in $language", (home) => {
    for (const operator of [HA.operator, null]) {
      for (const publication of [
        hostDiscovery(RP4, { ...HA, home, operator }),
        hubDiscovery({ ...HA, home, operator }),
      ]) {
        expect(publication.retain).toBe(true);
        accepts(isDiscovery, JSON.parse(publication.payload));
      }
    }
  });

  test("the schema refuses what the documentation does not name", () => {
    const payload = discovered(hostDiscovery(RP4, HA));
    const update = { ...payload.components["update"], payload_instal: "typo" };
    expect(isDiscovery({ ...payload, components: { update } })).toBe(false);
    expect(isDiscovery({ ...payload, origin: undefined })).toBe(false);
  });

  test("no two entities share an id, not even of a host called hub or on another base", () => {
    const other = { ...HA, base: parseTopicBase("cabin/nixwave") };
    const all = [RP4, host("hub")].flatMap((name) => [
      hostDiscovery(name, HA),
      hostDiscovery(name, other),
    ]);
    const everything = [...all, hubDiscovery(HA), hubDiscovery(other)];
    const topics = everything.map(({ topic }) => topic);
    expect(new Set(topics).size).toBe(topics.length);
    const ids = everything.flatMap((one) =>
      Object.values(discovered(one).components).map((component) => component["unique_id"]),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(topics[0]).toMatch(/^homeassistant\/device\/[a-zA-Z0-9_-]+\/config$/);
  });

  test("Install starts what waits in the rollout, and orders nothing of the host itself", () => {
    const update = part(hostDiscovery(RP4, HA), "update");
    expect(parseTopic(DEFAULT_BASE, String(update["command_topic"]))).toEqual({
      kind: "deploySet",
    });
    expect(parsePayload("deploySet", Buffer.from(String(update["payload_install"])))).toBe("PRESS");
    expect(update).not.toHaveProperty("retain");
  });

  test.each(["rollback", "retry"] as const)("the %s button asks as an operator may", (name) => {
    const button = part(hostDiscovery(RP4, HA), name);
    expect(parseTopic(DEFAULT_BASE, String(button["command_topic"]))).toEqual({
      kind: "controlRequest",
      user: "homeassistant",
    });
    const request = parsePayload("controlRequest", Buffer.from(String(button["payload_press"])));
    expect(request).toMatchObject({ action: name, host: "rp4" });
  });

  test("without an operator account there are no buttons that need one", () => {
    const { components } = discovered(hostDiscovery(RP4, { ...HA, operator: null }));
    expect(Object.keys(components)).toEqual(["update", "state", "problem", "online"]);
  });

  test("each entity reads a topic that is really published", () => {
    const status = statusOf({ rp4: "Soaking" });
    const published = new Set([
      ...plainWords(DEFAULT_BASE, status, NOON, ENGLISH).map(({ topic }) => topic),
      updatePublication(DEFAULT_BASE, update({}), DOCS, ENGLISH).topic,
      eventPublication("HostEnded", NOTE, DEFAULT_BASE).topic,
    ]);
    const isWire = (topic: string): boolean => {
      try {
        return parseTopic(DEFAULT_BASE, topic).kind !== "controlResponse";
      } catch {
        return false;
      }
    };
    for (const publication of [hostDiscovery(RP4, HA), hubDiscovery(HA)]) {
      for (const [name, component] of Object.entries(discovered(publication).components)) {
        const topic = component["state_topic"];
        if (topic === undefined) continue;
        expect([name, published.has(topic) || isWire(topic)]).toEqual([name, true]);
      }
    }
  });

  test("a device goes away with an empty retained payload on its own topic", () => {
    const { topic } = hostDiscovery(RP4, HA);
    expect(withoutHost(RP4, HA)).toEqual({ topic, payload: "", retain: true });
  });
});

const NOTE = {
  sequenceId: "rollout-r1",
  title: "rp4: undone",
  body: "The new system did not start properly.",
  priority: 4,
  tags: [],
  actions: [],
} as const;

describe("an event for Home Assistant", () => {
  test("is of an announced type and never retained, for it discards replayed ones", () => {
    const { payload, retain } = eventPublication("HostEnded", NOTE, DEFAULT_BASE);
    expect(retain).toBe(false);
    const event = JSON.parse(payload) as { event_type: string };
    accepts(isEvent, event);
    expect(event).toEqual({
      event_type: "host-ended",
      title: "rp4: undone",
      message: "The new system did not start properly.",
      priority: 4,
    });
    expect(part(hubDiscovery(HA), "events")["event_types"]).toContain(event.event_type);
    expect(part(hubDiscovery(HA), "events")["event_types"]).not.toContain("order");
  });
});

const update = (rest: Partial<HostUpdate>): HostUpdate => ({
  host: RP4,
  installed: NOON as number as Serial,
  latest: (NOON + 1000) as Serial,
  title: "nixpkgs bump",
  runUrl: "https://ci.example.org/run/7",
  step: { state: "Staging", why: "" },
  percent: 41.6,
  ...rest,
});

describe("the state of an update entity", () => {
  test("has every key each time, and shows progress while the host is at work", () => {
    expect(updateState(update({}), DOCS, ENGLISH)).toEqual({
      installed_version: "2026.07.14.120000000",
      latest_version: "2026.07.14.120001000",
      title: "nixpkgs bump",
      release_summary: "downloading",
      release_url: "https://ci.example.org/run/7",
      in_progress: true,
      update_percentage: 42,
    });
  });

  test.each([
    ["Staging", 30, true, 30],
    ["Soaking", null, true, null],
    ["Soaking", Number.NaN, true, null],
    ["Staging", 130, true, 100],
    ["Staging", -3, true, 0],
    ["Staged", 100, false, null],
    ["Unknown", 50, false, null],
    ["Succeeded", 100, false, null],
  ])("%s at %s %%", (state, percent, working, shown) => {
    const said = updateState(update({ percent, step: { state, why: "" } }), DOCS, ENGLISH);
    expect(said).toMatchObject({ in_progress: working, update_percentage: shown });
  });

  test("gives the reason first, and cuts it to what Home Assistant takes", () => {
    const step = { state: "Failed", why: `disk-full: ${"very ".repeat(100)}` };
    const { release_summary } = updateState(update({ step }), DOCS, GERMAN);
    expect(release_summary).toMatch(/^Der Datenträger des Hosts ist voll\. very/);
    expect(release_summary.length).toBeLessThanOrEqual(255);
  });

  test("of a host that takes no part, without a release, without a run, still has every key", () => {
    const bare = { installed: null, latest: null, title: null, runUrl: null, step: null };
    const said = updateState(update({ ...bare, percent: null }), DOCS, ENGLISH);
    expect(said).toEqual({
      installed_version: "unknown",
      latest_version: "unknown",
      title: "System",
      release_summary: "-",
      release_url: DOCS,
      in_progress: false,
      update_percentage: null,
    });
    accepts(isUpdateState, said);
  });

  test("the schema refuses what Home Assistant discards", () => {
    const good = updateState(update({}), DOCS, ENGLISH);
    expect(isUpdateState({ ...good, serial: 1 })).toBe(false);
    expect(isUpdateState({ ...good, title: null })).toBe(false);
    expect(isUpdateState({ ...good, release_summary: "x".repeat(256) })).toBe(false);
  });

  test("is one that Home Assistant accepts, whatever the host reports", () => {
    const text = fc.string({ unit: "binary", maxLength: 400 });
    const serial = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map((ms) => ms as Serial);
    const updates = fc.record({
      host: fc.constant(RP4),
      installed: fc.option(serial),
      latest: fc.option(serial),
      title: fc.option(text),
      runUrl: fc.option(fc.webUrl()),
      step: fc.option(
        fc.record({ state: fc.oneof(fc.constantFrom(...HOST_STATES), text), why: text }),
      ),
      percent: fc.option(fc.double()),
    });
    fc.assert(
      fc.property(updates, fc.constantFrom(...HOMES), (one, home) => {
        const { payload, retain } = updatePublication(DEFAULT_BASE, one, DOCS, home);
        expect(retain).toBe(true);
        accepts(isUpdateState, JSON.parse(payload));
        expect(payload).not.toMatch(/undefined|NaN|\[object/);
      }),
    );
  });
});
