import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../node-red-nodes/", import.meta.url));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, "utf8");
const NAMES = [
  ...["release", "rollout", "activate", "gate", "approval"],
  ...["result", "control", "events", "notify"],
];

/** Configuration nodes have no wires, and stand in the examples of those that use them. */
const WITH_CONFIG = ["fleet", ...NAMES];

const keysOf = (value: unknown, before = ""): readonly string[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, one]) => keysOf(one, before ? `${before}.${key}` : key))
    : [before];

describe.each(WITH_CONFIG)("the node %s", (name) => {
  const catalogue = (language: string): readonly string[] =>
    keysOf(JSON.parse(read(`${name}/locales/${language}/nixwave-${name}.json`)));

  it("says the same things in English and German", () => {
    expect(catalogue("de")).toEqual(catalogue("en-US"));
    const headings = (language: string): number =>
      read(`${name}/locales/${language}/nixwave-${name}.html`).split("\n###").length;
    expect(headings("de")).toBe(headings("en-US"));
  });

  it("uses no word that the catalogue lacks", () => {
    const known = new Set(catalogue("en-US"));
    const html = read(`${name}/nixwave-${name}.html`);
    const used = [...html.matchAll(/["\]](nixwave-[a-z]+(?:\.[A-Za-z0-9-]+){2,})"/g)];
    for (const [, key] of used) expect(known, key).toContain(key);
  });

  it("has an icon of 40x60, white on nothing", () => {
    const icon = read(`${name}/icons/nixwave-${name}.svg`);
    expect(icon).toContain('width="40" height="60"');
    for (const [, colour] of icon.matchAll(/(?:fill|stroke)="([^"]+)"/g)) {
      expect(["#fff", "none"]).toContain(colour);
    }
  });
});

describe("the examples", () => {
  const files = readdirSync(`${ROOT}examples`);
  const flows = files.map(
    (file) => JSON.parse(read(`examples/${file}`)) as Record<string, never>[],
  );

  it("show every node", () => {
    const types = new Set(flows.flat().map(({ type }) => String(type)));
    for (const name of NAMES) expect(types).toContain(`nixwave-${name}`);
  });

  it.each(files)("%s explains itself, fits on a screen, and leads every wire somewhere", (file) => {
    const nodes = JSON.parse(read(`examples/${file}`)) as {
      readonly id: string;
      readonly type: string;
      readonly x?: number;
      readonly info?: string;
      readonly wires?: readonly (readonly string[])[];
    }[];
    const ids = new Set(nodes.map(({ id }) => id));
    expect(nodes.some(({ type, info }) => type === "comment" && info)).toBe(true);
    for (const { x = 0, wires = [] } of nodes) {
      expect(x).toBeLessThanOrEqual(750);
      for (const id of wires.flat()) expect(ids).toContain(id);
    }
  });
});
