import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonPath, valueAt } from "../../src/gate/decoders/json-path.ts";
import { decode, FORMATS, type Format, type Reading } from "../../src/gate/index.ts";

const FOLDER = join(import.meta.dirname, "..", "fixtures", "payloads");
const payload = (file: string): Uint8Array => readFileSync(join(FOLDER, file));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const shown = (reading: Reading): unknown => {
  switch (reading.kind) {
    case "number":
      return reading.value;
    case "switch":
      return reading.on;
    case "presence":
      return reading.online ? "there" : "gone";
    case "alerts":
      return reading.firing;
    case "unknown":
      return `unknown ${reading.shown}`;
  }
};

/** One row for each payload: where it came from and what it says (by name, among others). */
const ROWS = JSON.parse(readFileSync(join(FOLDER, "..", "payload-readings.json"), "utf8")) as {
  readonly file: string;
  readonly format: Format;
  readonly topic: string;
  readonly path: string;
  readonly says: Record<string, unknown>;
  readonly partial: boolean;
}[];

describe("a real payload", () => {
  it.each(ROWS)(
    "$file as $format of $topic at '$path' says what it says",
    ({ file, format, topic, path, says, partial }) => {
      const decoded = decode(format, topic, payload(file), path);
      const readings = decoded.ok ? decoded.readings : [];
      const said = Object.fromEntries(readings.map((reading) => [reading.name, shown(reading)]));
      expect(decoded).toMatchObject({ ok: true, partial });
      expect(said).toMatchObject(says);
      if (Object.keys(says).length === 0) expect(readings).toEqual([]);
    },
  );

  it("carries Prometheus' own time, of a range the newest", () => {
    const [first] = [decode("prometheus", "query", payload("prometheus-range.json"))];
    expect(first).toMatchObject({ readings: [{ measuredAt: 1_752_510_660_000 }] });
  });

  it("carries each firing alert once, in an order that does not depend on the source's", () => {
    const alert = (alertname: string): object => ({
      status: { state: "active" },
      labels: { alertname },
    });
    const names = ["b", "c", "a", "b"];
    const decoded = decode("alerts", "alerts", bytes(JSON.stringify(names.map(alert))));
    expect(decoded).toMatchObject({ readings: [{ firing: ["a", "b", "c"] }] });
  });

  it("never carries Tasmota's own time, which has no zone", () => {
    const decoded = decode("tasmota", "tele/tasmota_0E63DE/SENSOR", payload("tasmota-sensor.json"));
    const named = decoded.ok ? decoded.readings.map(({ name }) => name) : [];
    expect(named).not.toContain("Time");
    expect(JSON.stringify(decoded)).not.toContain("measuredAt");
  });

  it("is there for every format, and every fixture is read", () => {
    const read = new Set([...ROWS.map(({ file }) => file), ...REFUSED.map(([file]) => file)]);
    expect(FORMATS.filter((format) => !ROWS.some((row) => row.format === format))).toEqual([]);
    expect(readdirSync(FOLDER).filter((file) => !read.has(file))).toEqual([]);
  });
});

const REFUSED: readonly (readonly [string, Format, string, string])[] = [
  ["esphome-sensor-without-value.txt", "esphome", "reading-not-finite", "nan"],
  ["prometheus-nan.json", "prometheus", "reading-not-finite", "NaN"],
  ["prometheus-error.json", "prometheus", "reading-malformed", "unexpected end of input"],
  ["shelly2-rpc-error.json", "shelly2", "reading-malformed", "No handler"],
];
const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
const sample = (value: string): string =>
  `{"status":"success","data":{"resultType":"vector","result":[${value}]}}`;

describe("a payload that says nothing a gate may believe", () => {
  it.each(REFUSED)("%s as %s is refused as %s", (file, format, code, part) => {
    const decoded = decode(format, "topic", payload(file));
    expect(decoded).toMatchObject({ ok: false, code });
    expect(JSON.stringify(decoded)).toContain(part);
  });

  it("a path that leads nowhere half-way finds nothing", () => {
    expect(valueAt({ a: 1 }, parseJsonPath("x.y.z"))).toBeUndefined();
    expect(valueAt({ a: { b: 1 } }, parseJsonPath("a.b"))).toBe(1);
  });

  it.each<readonly [Format, string, string, string]>([
    ["plain", "NaN", "reading-not-finite", ""],
    ["plain", "-Infinity", "reading-not-finite", ""],
    ["plain", "1e999", "reading-not-finite", ""],
    ["zigbee2mqtt", '{"temperature":1e999}', "reading-not-finite", ""],
    ["json", "1e999", "reading-not-finite", ""],
    ["zigbee2mqtt", '{"temperature":NaN}', "not-json", ""],
    ["tasmota", "21.5", "reading-malformed", ""],
    ["tasmota", "[1]", "reading-malformed", ""],
    ["shelly2", '{"method":"NotifyStatus"}', "reading-malformed", ""],
    ["shelly2", "[]", "reading-malformed", ""],
    ["json", '{"a":{"b":1}}', "reading-malformed", "a"],
    ["json", '{"a":{"b":1}}', "reading-malformed", ""],
    ["json", "1", "json-path-invalid", "a..b"],
    ["json", deep, "reading-malformed", ""],
    ["zigbee2mqtt", `{"a":${deep}}`, "reading-malformed", ""],
    ["zigbee2mqtt", JSON.stringify({ a: Array(3000).fill(1) }), "reading-malformed", ""],
    ["prometheus", sample('{"value":[1,2]}'), "reading-malformed", ""],
    ["prometheus", sample('{"value":["1","2"]}'), "reading-malformed", ""],
    ["prometheus", sample('{"value":[-1,"2"]}'), "reading-malformed", ""],
    ["prometheus", sample("{}"), "reading-malformed", ""],
    ["prometheus", sample("7"), "reading-malformed", ""],
    ["prometheus", '{"status":"success","data":{"resultType":"vector"}}', "reading-malformed", ""],
    ["prometheus", '{"status":"success","data":{"resultType":"scalar"}}', "reading-malformed", ""],
    ["prometheus", '{"status":"success"}', "reading-malformed", ""],
    ["alerts", '[{"status":{"state":"active"}}]', "reading-malformed", ""],
    ["alerts", '[{"status":{"state":"active"},"labels":{"job":"x"}}]', "reading-malformed", ""],
    ["alerts", '{"status":"success","data":[]}', "reading-malformed", ""],
    ["alerts", '"none"', "reading-malformed", ""],
    [
      "alerts",
      JSON.stringify(
        Array.from({ length: 1001 }, (_, index) => ({
          status: { state: "active" },
          labels: { alertname: `a${index}` },
        })),
      ),
      "reading-malformed",
      "",
    ],
  ])("%s %.40s is refused as %s", (format, text, code, path) => {
    expect(decode(format, "topic", bytes(text), path)).toMatchObject({ ok: false, code });
  });

  it.each(FORMATS)("bytes that are not UTF-8, or too many, are refused by %s", (format) => {
    expect(decode(format, "topic", Uint8Array.of(0xff, 0xfe))).toMatchObject({ code: "not-utf8" });
    const many = new Uint8Array(1024 * 1024 + 1).fill(0x31);
    expect(decode(format, "topic", many)).toMatchObject({ code: "too-large" });
  });

  it("is unknown when nobody knows the word, never OFF", () => {
    fc.assert(
      fc.property(fc.constantFrom(...FORMATS), fc.string(), (format, text) => {
        const decoded = decode(format, "topic", bytes(text));
        const readings = decoded.ok ? decoded.readings : [];
        const off = readings.filter((reading) => reading.kind === "switch" && !reading.on);
        expect(off.length === 0 || /^\s*"?(off|false)"?\s*$/i.test(text)).toBe(true);
      }),
    );
  });

  it("never makes a decoder throw", () => {
    const anything = fc.oneof(fc.string(), fc.json(), fc.json({ maxDepth: 40 }));
    const topics = fc.constantFrom(
      "a/LWT",
      "a/SENSOR",
      "z/availability",
      "a/online",
      "a/status/switch:0",
      "a",
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...FORMATS),
        topics,
        anything,
        fc.string(),
        (format, topic, text, path) => {
          const decoded = decode(format, topic, bytes(text), path);
          if (!decoded.ok) expect(decoded.code).toMatch(/^[a-z][a-z0-9-]+$/);
          else
            for (const reading of decoded.readings)
              if (reading.kind === "number")
                expect(reading.value).not.toBe(Number.POSITIVE_INFINITY);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a path into JSON", () => {
  it.each<readonly [string, readonly (string | number)[]]>([
    ["", []],
    ["$", []],
    ["a", ["a"]],
    ["$.a.b", ["a", "b"]],
    ["a[0].b", ["a", 0, "b"]],
    ["[3]", [3]],
    ['["a.b"]["c d"]', ["a.b", "c d"]],
    [`['it\\'s']`, ["it's"]],
    ['["say \\"x\\""]', ['say "x"']],
    ["a-b.c_d", ["a-b", "c_d"]],
  ])("%j is read as %j", (path, steps) => {
    expect(parseJsonPath(path)).toEqual(steps);
  });

  it.each(["a.", "a..b", "a[", "a[-1]", "a[*]", "..a", "a b", '["a', "[1234567]"])(
    "%j is refused with the place",
    (path) => {
      expect(() => parseJsonPath(path)).toThrow(/is not understood from/);
    },
  );
});
