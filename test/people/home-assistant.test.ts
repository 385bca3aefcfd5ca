import { describe, expect, test } from "vitest";
import {
  DEFAULT_BASE,
  parsePayload,
  parseTopic,
  parseTopicBase,
  parseUserName,
} from "../../src/contract/index.ts";
import {
  eventPublication,
  type HomeAssistant,
  hostDiscovery,
  hostFlags,
  hubDiscovery,
  type Publication,
  plainWords,
  updatePublication,
} from "../../src/people/index.ts";
import { accepts, isDiscovery, isEvent, RP4, update } from "./home-assistant-schemas.ts";
import { ENGLISH, HOMES, host, situationOf, statusOf } from "./scenes.ts";

const HA: HomeAssistant = {
  base: DEFAULT_BASE,
  prefix: "homeassistant",
  version: "0.1.0",
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

  test("Install asks for that host's installation as an operator, who is answered", () => {
    const update = part(hostDiscovery(RP4, HA), "update");
    expect(update["command_topic"]).toBe("nixwave/v1/control/homeassistant/request");
    const request = parsePayload("controlRequest", Buffer.from(String(update["payload_install"])));
    expect(request).toMatchObject({ action: "install", host: "rp4" });
  });

  test("without an operator Install starts what waits in the rollout, and orders nothing of the host itself", () => {
    const update = part(hostDiscovery(RP4, { ...HA, operator: null }), "update");
    expect(parseTopic(DEFAULT_BASE, String(update["command_topic"]))).toEqual({
      kind: "deploySet",
    });
    expect(parsePayload("deploySet", Buffer.from(String(update["payload_install"])))).toBe("PRESS");
    expect(update).not.toHaveProperty("retain");
  });

  test.each(["approve", "skip", "rollback", "retry"] as const)(
    "the %s button asks as an operator may",
    (name) => {
      const button = part(hostDiscovery(RP4, HA), name);
      expect(parseTopic(DEFAULT_BASE, String(button["command_topic"]))).toEqual({
        kind: "controlRequest",
        user: "homeassistant",
      });
      const request = parsePayload("controlRequest", Buffer.from(String(button["payload_press"])));
      expect(request).toMatchObject({ action: name, host: "rp4" });
    },
  );

  test("without an operator account there are no buttons that need one", () => {
    const without = { ...HA, operator: null };
    const { components } = discovered(hostDiscovery(RP4, without));
    const real = Object.entries(components).filter(([, one]) => "unique_id" in one);
    expect(real.map(([name]) => name)).toEqual(["update", "state", "problem", "reboot", "online"]);
    expect(part(hubDiscovery(without), "approve")).toEqual({ platform: "button" });
  });

  test("an approval can be given only while somebody asks for one, and the hub is there", () => {
    for (const [publication, asks] of [
      [hubDiscovery(HA), "nixwave/v1/screens/rollout/asks"],
      [hostDiscovery(RP4, HA), "nixwave/v1/screens/hosts/rp4/asks"],
    ] as const) {
      const button = part(publication, "approve") as unknown as {
        readonly availability: readonly { readonly topic: string }[];
        readonly availability_mode: string;
      };
      expect(button.availability.map(({ topic }) => topic)).toEqual([
        "nixwave/v1/hub/status",
        asks,
      ]);
      expect(button.availability_mode).toBe("all");
    }
  });

  test("each entity reads a topic that is really published", () => {
    const status = statusOf({ rp4: "Soaking" });
    const published = new Set([
      ...plainWords(DEFAULT_BASE, situationOf(status), ENGLISH).map(({ topic }) => topic),
      updatePublication(DEFAULT_BASE, update({}), ENGLISH).topic,
      eventPublication("HostEnded", NOTE, DEFAULT_BASE).topic,
      ...hostFlags(
        DEFAULT_BASE,
        RP4,
        { rebootNeeded: false, asks: true, takesPart: true },
        ENGLISH,
      ).map(({ topic }) => topic),
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
