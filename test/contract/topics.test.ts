import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_BASE,
  filterOf,
  parseTopic,
  parseTopicBase,
  topicOf,
  WIRE,
  WIRE_KINDS,
} from "../../src/contract/index.ts";
import { codeOf, refusalOf } from "./refusals.ts";
import { ADDRESSES } from "./wire-samples.ts";

const read = (below: string) => parseTopic(DEFAULT_BASE, `nixwave/v1/${below}`);

/** MQTT 3.1.1, 4.7: whether a filter with `+` matches. */
const matches = (filter: string, topic: string): boolean => {
  const levels = topic.split("/");
  const wanted = filter.split("/");
  return (
    wanted.length === levels.length &&
    wanted.every((one, index) => one === "+" || one === levels[index])
  );
};

describe("every kind of message has one topic", () => {
  for (const kind of WIRE_KINDS) {
    const [address, below] = ADDRESSES[kind];
    it(`${kind}: ${WIRE[kind].topic}`, () => {
      expect(topicOf(DEFAULT_BASE, address)).toBe(`nixwave/v1/${below}`);
      expect(read(below)).toEqual(address);
      expect(matches(filterOf(DEFAULT_BASE, kind), `nixwave/v1/${below}`)).toBe(true);
    });
  }

  it("no topic is read as two kinds, and each kind's filter matches its own topics only", () => {
    for (const kind of WIRE_KINDS) {
      const topic = topicOf(DEFAULT_BASE, ADDRESSES[kind][0]);
      const matching = WIRE_KINDS.filter((other) => matches(filterOf(DEFAULT_BASE, other), topic));
      expect(matching).toEqual([kind]);
    }
  });

  it("a host name that is also a word of the topic is still a host", () => {
    for (const host of ["desired", "hosts", "hold", "v1"]) {
      expect(read(`hosts/${host}/desired`)).toEqual({ kind: "desired", host });
    }
  });

  it("the fixed levels below control are nobody's user name", () => {
    expect(codeOf(() => read("control/hold/request"))).toBe("invalid-name");
    expect(codeOf(() => read("control/deploy/response"))).toBe("invalid-name");
    expect(read("control/hold/hold/set")).toEqual({ kind: "holdSet", source: "hold" });
  });
});

it("no topic is built from a level that is missing or is no name", () => {
  const build = (address: object) =>
    topicOf(DEFAULT_BASE, address as (typeof ADDRESSES.desired)[0]);
  expect(codeOf(() => build({ kind: "desired" }))).toBe("invalid-host-name");
  expect(codeOf(() => build({ kind: "desired", host: "+" }))).toBe("invalid-host-name");
  expect(codeOf(() => build({ kind: "release", channel: "a/b" }))).toBe("invalid-name");
});

describe("hostile topics are refused", () => {
  it("what is not below the base, too short, too long or unknown", () => {
    for (const topic of [
      "",
      "/",
      "nixwave",
      "nixwave/v1",
      "nixwave/v1/",
      "nixwave/v1/hosts",
      "nixwave/v1/hosts/rp4",
      "nixwave/v1/hosts/rp4/desired/",
      "nixwave/v1/hosts/rp4/desired/x",
      "nixwave/v1//hosts/rp4/desired",
      "/nixwave/v1/hosts/rp4/desired",
      "nixwave/v2/hosts/rp4/desired",
      "nixwave/v1x/hosts/rp4/desired",
      "Nixwave/v1/hosts/rp4/desired",
      "other/nixwave/v1/hosts/rp4/desired",
      "nixwave/v1/hosts/rp4/Desired",
      "nixwave/v1/hosts/rp4/commands",
      "nixwave/v1/hub/status ",
      "nixwave/v1/hub/status\u0000",
      "nixwave/v1/toString",
      "nixwave/v1/__proto__",
      "$SYS/broker/uptime",
      "tele/tasmota_0E63DE/SENSOR",
      "a/".repeat(30_000),
    ]) {
      const refusal = refusalOf(() => parseTopic(DEFAULT_BASE, topic));
      expect([topic.slice(0, 60), refusal.code]).toEqual([topic.slice(0, 60), "invalid-topic"]);
      expect(refusal.where).toBe(topic.slice(0, 200));
    }
  });

  it("a level that is not a name: wildcards, other cases, paths, nothing", () => {
    for (const host of [
      "+",
      "#",
      "",
      "RP4",
      "rp4 ",
      "rp4\u0000",
      "..",
      "$share",
      "rp_4",
      "x".repeat(64),
    ]) {
      expect([host, codeOf(() => read(`hosts/${host}/desired`))]).toEqual([
        host,
        "invalid-host-name",
      ]);
      expect([host, codeOf(() => read(`releases/${host}`))]).toEqual([host, "invalid-name"]);
    }
    for (const level of ["+", "#", "", "a.b", "a b", "ä"]) {
      expect(codeOf(() => read(`control/${level}/request`))).toBe("invalid-name");
      expect(codeOf(() => read(`control/hold/${level}/set`))).toBe("invalid-name");
    }
  });

  it("whatever text comes as a topic is refused with a code, or builds the same topic again", () => {
    const levels = fc.constantFrom(
      "hosts",
      "rp4",
      "desired",
      "control",
      "hold",
      "set",
      "hub",
      "status",
      "+",
      "",
      "x/y",
      "\u0000",
    );
    const topics = fc.oneof(
      fc.string(),
      fc.array(levels, { maxLength: 5 }).map((parts) => ["nixwave/v1", ...parts].join("/")),
    );
    fc.assert(
      fc.property(topics, (topic) => {
        let address: ReturnType<typeof parseTopic>;
        try {
          address = parseTopic(DEFAULT_BASE, topic);
        } catch (error) {
          expect(error).toMatchObject({ name: "ContractError" });
          return;
        }
        expect(topicOf(DEFAULT_BASE, address)).toBe(topic);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("base topics", () => {
  it("are 1 to 8 levels of harmless characters, nixwave/v1 by default", () => {
    expect(DEFAULT_BASE).toBe("nixwave/v1");
    for (const base of ["a", "home/deploy/v1", "A_b-9", "a/b/c/d/e/f/g/h", "x".repeat(63)]) {
      expect(parseTopicBase(base)).toBe(base);
      expect(parseTopic(parseTopicBase(base), `${base}/hub/status`)).toEqual({ kind: "hubStatus" });
    }
  });

  it("never begin with / or $, never end with /, hold no wildcard and no empty level", () => {
    for (const base of [
      "",
      "/",
      "/a",
      "a/",
      "a//b",
      "$SYS",
      "$share/a/b",
      "a/$b",
      "+",
      "a/+",
      "#",
      "a/#",
      "a b",
      "a.b",
      "ä",
      "a\n",
      "a/b/c/d/e/f/g/h/i",
      "x".repeat(64),
    ]) {
      expect([base, codeOf(() => parseTopicBase(base))]).toEqual([base, "invalid-topic"]);
    }
  });
});
