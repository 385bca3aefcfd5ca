import { expect, test } from "vitest";
import type { ChangeSummary } from "../../src/contract/index.ts";
import { changeWords } from "../../src/people/change-words.ts";
import { ENGLISH, GERMAN } from "./scenes.ts";

const NOTHING: ChangeSummary = {
  ...{ downloadBytes: 0, unpackedBytes: 0, packages: [], packagesTotal: 0, unitsTotal: 0 },
  ...{ stop: [], restart: [], start: [], reload: [] },
};
const PACKAGES = { packages: ["nginx: 1.26 -> 1.28, +4.0 KiB"], packagesTotal: 1 };
const UNITS = { restart: ["nginx.service"], unitsTotal: 1 };

test("a change of packages alone interrupts nothing, and one of units alone fetches nothing", () => {
  const packages = changeWords({ ...NOTHING, ...PACKAGES, downloadBytes: 2048 }, ENGLISH);
  expect(packages).toContain("nginx: 1.26 → 1.28");
  expect(packages).toContain("2 KiB");
  const units = changeWords({ ...NOTHING, ...UNITS }, ENGLISH);
  expect(units).toContain("nginx");
  expect(units).not.toMatch(/→|KiB/);
  expect(packages).not.toContain(units);
});

test("of very many packages only the first are named, in both languages", () => {
  const packages = Array.from({ length: 9 }, (_, at) => `p${at}: 1 -> 2`);
  for (const home of [ENGLISH, GERMAN]) {
    const said = changeWords({ ...NOTHING, packages, packagesTotal: 30 }, home);
    expect(said).toContain("p3: 1 → 2");
    expect(said).not.toContain("p4");
    expect(said).toContain("26");
  }
});

test("nothing that changes is said so", () => {
  expect(changeWords(NOTHING, ENGLISH)).not.toBe("");
});
