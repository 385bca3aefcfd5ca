import { describe, expect, test } from "vitest";
import { foreign } from "../../node-red-nodes/page/foreign.ts";
import { pageFiles } from "../../node-red-nodes/page/page-files.ts";
import { type ToldUntil, toldGates } from "../../node-red-nodes/page/told-gates.ts";
import type { GateTrace } from "../../src/conductor/index.ts";
import { instant } from "../../src/contract/index.ts";
import { openGate, parsePlan } from "../../src/gate/index.ts";
import { parseTimeZone } from "../../src/people/index.ts";

const OURS = {
  host: "nuc.lan:1880",
  origin: "http://nuc.lan:1880",
  "content-type": "application/json",
  "x-nixwave": "1",
};
const from = (headers: Readonly<Record<string, string | undefined>>) => ({
  headers: { ...OURS, ...headers },
  path: "/",
});

describe("whether another site's page asks", () => {
  test("no: our own page, also with a charset, and a program that is no browser", () => {
    expect(foreign(from({}), true)).toBeNull();
    expect(foreign(from({ "content-type": "application/json; charset=utf-8" }), true)).toBeNull();
    expect(foreign(from({ origin: undefined }), true)).toBeNull();
    expect(foreign(from({ "sec-fetch-site": "same-origin" }), true)).toBeNull();
  });

  test("no: behind a proxy that gives the hub another name, as long as the browser vouches for it", () => {
    expect(foreign(from({ host: "hub:1880", "sec-fetch-site": "same-origin" }), true)).toBeNull();
    expect(foreign(from({ host: "hub:1880" }), true)).toMatch(/another site/);
  });

  test.each([
    ["a foreign origin", { origin: "https://evil.example" }],
    ["the same name on another port", { origin: "http://nuc.lan:8080" }],
    ["an origin that is none, as of a sandboxed frame", { origin: "null" }],
    ["a browser that says so", { "sec-fetch-site": "cross-site" }],
    ["a neighbour below the same domain", { "sec-fetch-site": "same-site" }],
    ["a missing header", { "x-nixwave": undefined }],
    ["a header with another word", { "x-nixwave": "yes" }],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["a form that posts text", { "content-type": "text/plain" }],
    ["no type at all", { "content-type": undefined }],
    ["a type that only begins so", { "content-type": "application/jsonish" }],
  ])("yes: %s", (_what, headers) => {
    expect(foreign(from(headers), true)).not.toBeNull();
  });

  test("who only reads sends no body, and needs the rest all the same", () => {
    expect(foreign(from({ "content-type": undefined }), false)).toBeNull();
    expect(foreign(from({ "x-nixwave": undefined }), false)).not.toBeNull();
    expect(foreign(from({ origin: "https://evil.example" }), false)).not.toBeNull();
  });
});

describe("the page's files", () => {
  const files = pageFiles();
  const text = (name: string): string => Buffer.from(files.get(name)?.bytes ?? []).toString();

  test("load nothing that is not served with them, and nothing from elsewhere", () => {
    for (const [name, { bytes }] of files) {
      const said = Buffer.from(bytes).toString();
      for (const [, wanted] of said.matchAll(/^(?:import|export|\}).*\bfrom *"([^"]+)"/gm)) {
        expect(files.has(String(wanted).replace("./", "")), `${name}: ${wanted}`).toBe(true);
      }
      if (name.endsWith(".css")) expect(said, name).not.toMatch(/url\(|@import/);
    }
    for (const [, wanted] of text("index.html").matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect(files.has(String(wanted)), wanted).toBe(true);
    }
  });

  test("hold no script and no style in the markup: the policy would refuse them", () => {
    expect(text("index.html")).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/);
    expect(files.get("preact.js")?.type).toBe("text/javascript; charset=utf-8");
  });
});

describe("what is told of a gate", () => {
  const plan = parsePlan({
    rows: [
      {
        ...{ name: "bath", topics: ["tele/bath"], path: "T", is: "above", limit: 15 },
        ...{ interval: "1m", expireAfter: "3m" },
      },
    ],
    ...{ soak: "3m", initialDelay: "10s", timeout: "12m" },
  });
  const home = { language: "en", zone: parseTimeZone("UTC") } as const;
  const state = openGate(plan, instant(0));
  const tell = (until: ToldUntil, seconds: readonly number[]) => {
    const points = seconds.map((second) => ({
      ...{ at: instant(1000 * second), value: 20 },
      measurement: second === 3 ? ("Failed" as const) : ("Successful" as const),
    }));
    const trace: GateTrace = { name: "after", state, lastRun: null, points: [[points]] };
    const [gate] = toldGates({ gates: () => [trace] }, home, until, () => "still warm");
    return gate;
  };

  test("is each reading once, and which of them failed", () => {
    const until: ToldUntil = new Map();
    const points = (gate: ReturnType<typeof tell>) => gate?.rows[0]?.sources[0]?.points;
    expect(points(tell(until, [1, 2]))).toEqual([
      [1000, 20, 0],
      [2000, 20, 0],
    ]);
    expect(points(tell(until, [1, 2, 3]))).toEqual([[3000, 20, 1]]);
    expect(points(tell(until, [1, 2, 3]))).toEqual([]);
    expect(points(tell(until, [1]))).toEqual([[1000, 20, 0]]); // the clock was set back
  });

  test("is the side on which its limit lies, and what it does now", () => {
    expect(tell(new Map(), [])).toMatchObject({
      ...{ title: "still warm", isJudging: false, status: "listening", verdict: null },
      rows: [{ name: "bath", low: 15, high: null, sources: [{ usual: null, allowed: null }] }],
    });
  });
});
