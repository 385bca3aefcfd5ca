import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const ROOT = new URL("../../node-red-nodes/", import.meta.url);
const page = (name: string): Promise<unknown> =>
  import(new URL(`resources/page/${name}.js`, ROOT).href);

/** The browser's own files have no types. */
const { openFreshness } = (await page("freshness")) as {
  openFreshness(now: number): {
    readonly isStale: boolean;
    heard(at: number): void;
    lost(): void;
    look(at: number): boolean;
  };
};
const { eventReader } = (await page("read-events")) as {
  eventReader(told: (kind: string, said: unknown) => void): (bytes: Uint8Array) => void;
};
type Points = readonly (readonly number[])[];
interface Gates {
  readonly isWhole: boolean;
  readonly gates: readonly ReturnType<typeof gateWith>[];
}
const { mergeGates } = (await page("merge-gates")) as {
  mergeGates(before: Gates["gates"], told: Gates): Gates["gates"];
};
interface Model {
  readonly from: number;
  readonly to: number;
  readonly limits: readonly number[];
  readonly usual: unknown;
}
const { plotModel, columnsOf, rangeOf, demandOf, latestOf } = (await page("plot-model")) as {
  demandOf(row: object, words: object, language: string): string;
  latestOf(source: object, row: object, how: object): string;
  plotModel(gate: object, row: object, now: number): Model | null;
  columnsOf(model: Model | null): readonly (readonly unknown[])[];
  rangeOf(model: Model | null): readonly number[];
};
const { en } = (await page("words-en")) as { en: object };
const { de } = (await page("words-de")) as { de: object };

const gateWith = (points: Points) => ({
  id: "after",
  rows: [{ name: "bedroom", sources: [{ source: "tele/bedroom", points }] }],
});
const pointsIn = ([gate]: Gates["gates"]): unknown => gate?.rows[0]?.sources[0]?.points;

describe("the words beside a plot", () => {
  test("have the row's unit behind each number", () => {
    const warm = { is: "above", limit: 18, unit: "°C" };
    const damp = { is: "below", limit: 70.5, unit: "%" };
    expect(demandOf(warm, en, "en")).toBe("must be above 18 °C");
    expect(demandOf(damp, en, "en")).toBe("must be below 70.5%");
    expect(demandOf(damp, de, "de")).toContain("70,5 %");
    expect(demandOf({ is: "above", limit: 18 }, en, "en")).toBe("must be above 18");
    const how = { words: en, language: "en", zone: "UTC" };
    const source = { points: [[0, 17.25, 1]], usual: { median: 20.5 } };
    expect(latestOf(source, warm, how)).toMatch(/17\.\d+ °C.*20\.5 °C/);
  });
});

describe("a stream of events", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  test("is read whole, wherever the network cuts it, also within a letter", () => {
    const heard: unknown[] = [];
    const read = eventReader((kind, said) => heard.push([kind, said]));
    const all = bytes('event: sight\ndata: {"why":"17,1 °C"}\n\nevent: beat\ndata: {}\n\n');
    for (const byte of all) read(Uint8Array.of(byte));
    expect(heard).toEqual([
      ["sight", { why: "17,1 °C" }],
      ["beat", {}],
    ]);
  });

  test("tells nothing of what is not whole yet", () => {
    const heard: unknown[] = [];
    eventReader((kind) => heard.push(kind))(bytes("event: sight\ndata: {}\n"));
    expect(heard).toEqual([]);
  });
});

describe("what the hub tells of its gates", () => {
  const [one, two] = [
    [1000, 20, 0],
    [2000, 21, 0],
  ] as const;

  test("is whole on each connection; later new readings are added", () => {
    const first = mergeGates([], { isWhole: true, gates: [gateWith([one])] });
    expect(pointsIn(mergeGates(first, { isWhole: false, gates: [gateWith([two])] }))).toEqual([
      one,
      two,
    ]);
    expect(pointsIn(mergeGates(first, { isWhole: true, gates: [gateWith([two])] }))).toEqual([two]);
    expect(pointsIn(mergeGates(first, { isWhole: false, gates: [gateWith([])] }))).toEqual([one]);
  });

  test("begins anew when the hub's clock was set back, and stays small", () => {
    const first = mergeGates([], { isWhole: true, gates: [gateWith([two])] });
    const back = mergeGates(first, { isWhole: false, gates: [gateWith([one])] });
    expect(pointsIn(back)).toEqual([one]);
    const many = Array.from({ length: 500 }, (_, at) => [3000 + at, 20, 0]);
    expect(pointsIn(mergeGates(first, { isWhole: false, gates: [gateWith(many)] }))).toHaveLength(
      480,
    );
  });

  test("goes with a gate that is gone from the flow", () => {
    expect(mergeGates([gateWith([one])], { isWhole: false, gates: [] })).toEqual([]);
  });
});

describe("a plot", () => {
  const MINUTE = 60_000;
  const row = (points: Points, rest: object = {}) => ({
    ...{ name: "bedroom", is: "above", low: 18, high: null },
    sources: [{ source: "tele/bedroom", points, usual: null, allowed: null, ...rest }],
  });
  const gate = (activatedAt: number | null) => ({ activatedAt, verdict: null });

  test("shows the time from twenty minutes before the activation on", () => {
    const points = [0, 30, 60].map((at) => [at * MINUTE, 20, 0]);
    const model = plotModel(gate(50 * MINUTE), row(points), 61 * MINUTE);
    expect(model).toMatchObject({ from: 30 * MINUTE, to: 61 * MINUTE });
    expect(columnsOf(model)).toEqual([
      [1800, 3600],
      [20, 20],
      [null, null],
    ]);
  });

  test("without an activation the last hour; with one reading at least a minute", () => {
    const points = [[100 * MINUTE, 20, 0]];
    const model = plotModel(gate(null), row(points), 100 * MINUTE);
    expect(model).toMatchObject({ from: 99 * MINUTE, to: 100 * MINUTE });
  });

  test("has room for readings, limit and what was usual, and marks what failed", () => {
    const usual = { median: 20.5, from: 20, to: 23 };
    const model = plotModel(gate(null), row([[MINUTE, 17, 1]], { usual }), MINUTE);
    const [low = 0, high = 0] = rangeOf(model);
    expect(low).toBeLessThan(17);
    expect(high).toBeGreaterThan(23);
    expect(model).toMatchObject({ limits: [18] });
    expect(columnsOf(model)[2]).toEqual([17]);
  });

  test("puts sources that speak at other times into one picture", () => {
    const two = {
      ...row([]),
      sources: [
        { source: "a", points: [[MINUTE, 20, 0]] },
        { source: "b", points: [[MINUTE + 5000, 21, 0]] },
      ],
    };
    expect(columnsOf(plotModel(gate(null), two, 2 * MINUTE))).toEqual([
      [60, 65],
      [20, undefined],
      [null, null],
      [undefined, 21],
      [null, null],
    ]);
  });

  test("is not there before anything was heard", () => {
    expect(plotModel(gate(null), row([]), MINUTE)).toBeNull();
  });
});

describe("whether it is still so", () => {
  const looking = (
    freshness: { look(at: number): boolean },
    from: number,
    to: number,
  ): number[] => {
    const asked: number[] = [];
    for (let at = from; at <= to; at += 2000) if (freshness.look(at)) asked.push(at);
    return asked;
  };

  test("the hub is asked when nothing was heard for 15 s", () => {
    const freshness = openFreshness(0);
    freshness.heard(0);
    expect(looking(freshness, 2000, 16_000)).toEqual([16_000]);
    expect(freshness.isStale).toBe(false);
  });

  test("who got no answer asks again at each look, and what is shown is old", () => {
    const freshness = openFreshness(0);
    freshness.heard(0);
    freshness.lost();
    expect(freshness.isStale).toBe(true);
    expect(looking(freshness, 2000, 6000)).toEqual([2000, 4000, 6000]);
    freshness.heard(6500);
    expect(freshness.isStale).toBe(false);
  });

  test("after a sleep the hub is asked at once, and until it answers what is shown is old", () => {
    const freshness = openFreshness(0);
    freshness.heard(0);
    freshness.look(2000);
    expect(freshness.look(3_600_000)).toBe(true);
    expect(freshness.isStale).toBe(true);
  });

  test("a page that nobody looked at but that was told everything is not old", () => {
    const freshness = openFreshness(0);
    freshness.heard(59_000);
    expect(freshness.look(60_000)).toBe(false);
    expect(freshness.isStale).toBe(false);
  });

  test("a clock that was set back does not keep it from asking", () => {
    const freshness = openFreshness(3_600_000);
    freshness.heard(3_600_000);
    expect(freshness.look(1000)).toBe(true);
    expect(freshness.look(3000)).toBe(true);
  });
});

describe("catalogues", () => {
  const folder = new URL("sidebar/locales/", ROOT);
  const keysOf = (value: object, path = ""): string[] =>
    Object.entries(value).flatMap(([key, inner]) =>
      typeof inner === "object" ? keysOf(inner as object, `${path}${key}.`) : [`${path}${key}`],
    );
  const read = (language: string) =>
    JSON.parse(readFileSync(new URL(`${language}/nixwave-sidebar.json`, folder), "utf8")) as object;

  test("of the page say the same in each language", () => {
    expect(keysOf(de)).toEqual(keysOf(en));
    expect(keysOf(en).length).toBeGreaterThan(80);
  });

  test("of the sidebar say the same in each language", () => {
    expect(readdirSync(folder).toSorted((a, b) => a.localeCompare(b))).toEqual(["de", "en-US"]);
    expect(keysOf(read("de"))).toEqual(keysOf(read("en-US")));
  });
});
