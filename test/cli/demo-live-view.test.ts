import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { drawFrame, type Frame } from "../../src/cli/demo/live-view.ts";
import { type Paint, paintFor } from "../../src/cli/paint.ts";
import { ROLLOUT } from "../support/contract-builders.ts";
import {
  nuc,
  releaseOf,
  reportIn,
  rolledBack,
  rp3,
  rp4,
  sightOf,
  statusOf,
  succeeded,
  x1,
} from "./demo-sights.ts";
import { terminal } from "./memory-io.ts";

const ESCAPE = "\u001b";
const plain: Paint = (_tone, text) => text;
const named: Paint = (tone, text) => `<${tone}>${text}</>`;
const coloured = paintFor(terminal(), {});

const frameOf = (differences: Partial<Frame> = {}): Frame => ({
  ...{ seconds: 83.9, heading: "a story", sight: sightOf({}), hosts: [rp4, rp3, x1, nuc] },
  ...{ isSimulated: false, releaseOf, bedroom: [20.4, 20.4], lines: ["said last"] },
  ...{ keys: "g good release   q quit", editorUrl: "http://127.0.0.1:1880", columns: 100 },
  ...differences,
});
const lineOf = (picture: string, words: string): string =>
  picture.split("\n").find((line) => line.includes(words)) ?? "";

describe("a frame of the demo", () => {
  test("says how long it has gone on, what happens, what was said last and where the editor is", () => {
    const picture = drawFrame(frameOf(), plain);
    expect(picture.split("\n")[0]).toBe("nixwave demo  1:23  a story");
    expect(picture).toContain("said last");
    expect(picture).toContain("http://127.0.0.1:1880");
    expect(picture.split("\n").at(-1)).toBe("g good release   q quit");
  });

  test("shows of each host what it runs and how far it is", () => {
    const staging = { v: 1, rollout: ROLLOUT, attempt: 1, phase: "staging", percent: 50 } as const;
    const bytes = { bytesDone: 1, bytesTotal: 2, pathsDone: 0, pathsTotal: 1 };
    const sight = sightOf({
      reports: [
        reportIn(rp4, 1, { phase: "idle", outcome: succeeded }),
        reportIn(rp3, 1, { phase: "in-trial" }),
        reportIn(nuc, 0, { phase: "staging" }),
      ],
      progress: [[nuc, { ...staging, ...bytes }]],
    });
    const picture = drawFrame(frameOf({ sight }), plain);
    expect(lineOf(picture, "rp4")).toMatch(/● rp4 +runs release 1 +█{20} {2}kept/);
    expect(lineOf(picture, "rp3")).toMatch(/runs release 1 +█{14}░{6} {2}on trial/);
    expect(lineOf(picture, "nuc")).toMatch(/runs release 0 +█{3}░{17} {2}downloads and checks/);
    expect(lineOf(picture, "x1")).toMatch(/○ x1 +away/);
  });

  test("says away of a host that has gone, whatever it reported before", () => {
    const reports = [reportIn(x1, 1, { outcome: succeeded })];
    const picture = drawFrame(frameOf({ sight: sightOf({ reports, away: [x1] }) }), plain);
    expect(lineOf(picture, "x1")).toMatch(/○ x1 +away/);
  });

  test("is red where something was undone or is too cold, green where all is well", () => {
    const reports = [
      reportIn(rp4, 1, { phase: "idle", outcome: rolledBack }),
      reportIn(nuc, 1, { phase: "idle", outcome: succeeded }),
    ];
    const cold = drawFrame(frameOf({ sight: sightOf({ reports }), bedroom: [17.4] }), named);
    expect(lineOf(cold, "rp4")).toMatch(/<error>░+ {2}undone/);
    expect(lineOf(cold, "nuc")).toMatch(/<good>█+ {2}kept/);
    expect(lineOf(cold, "bedroom")).toMatch(/<error>17\.4 °C.*<error>too cold/);
    expect(lineOf(drawFrame(frameOf(), named), "bedroom")).toContain("<good>20.4 °C");
  });

  test("says what a rollout waits for, and who holds it", () => {
    const failed = { condition: "HostFailure", since: 1 as never, why: "rp4: too cold" };
    const stopped = sightOf({ status: statusOf({ paused: [failed] }) });
    const picture = drawFrame(frameOf({ sight: stopped }), named);
    expect(lineOf(picture, "rollout")).toContain("1: all good: <error>stopped, rp4: too cold");
    const held = sightOf({ status: statusOf({}), holds: ["wall"] });
    expect(drawFrame(frameOf({ sight: held }), plain)).toContain("held by wall");
    const done = sightOf({ status: statusOf({ completion: "Promoted" }) });
    expect(drawFrame(frameOf({ sight: done }), named)).toContain("<good>all hosts are updated");
  });

  test("copes with a rollout that has no title, a room without a reading and a foreign path", () => {
    const reports = [reportIn(rp4, 9, { phase: "idle" })];
    const sight = sightOf({ reports, status: statusOf({ title: null }) });
    const picture = drawFrame(frameOf({ sight, bedroom: [] }), plain);
    expect(lineOf(picture, "rollout")).toContain("the last release: under way");
    expect(lineOf(picture, "bedroom")).toContain("no reading yet");
    expect(lineOf(picture, "rp4")).toContain("runs release ?");
  });

  test("marks every host that is simulated, and only then", () => {
    const reports = [reportIn(rp4, 1), reportIn(nuc, 1)];
    const frame = frameOf({ sight: sightOf({ reports }) });
    expect(drawFrame({ ...frame, isSimulated: true }, plain).match(/SIMULATED/g)).toHaveLength(4);
    expect(drawFrame(frame, plain)).not.toContain("SIMULATED");
  });

  test.each([1, 20, 40, 79])(
    "fits a terminal of %d columns, with its colours closed",
    (columns) => {
      const reports = [reportIn(rp4, 1, { phase: "in-trial" })];
      const sight = sightOf({ reports, status: statusOf({ title: "t".repeat(200) }) });
      const picture = drawFrame(frameOf({ sight, columns, lines: ["x".repeat(300)] }), coloured);
      for (const line of picture.split("\n")) {
        expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
        const codes = line.split(ESCAPE).slice(1);
        const closing = codes.filter((code) => code.startsWith("[0m"));
        expect(closing).toHaveLength(codes.length / 2);
      }
    },
  );

  test("is without colours the same picture", () => {
    const frame = frameOf({ sight: sightOf({ reports: [reportIn(rp4, 1)], status: statusOf() }) });
    expect(stripVTControlCharacters(drawFrame(frame, coloured))).toBe(drawFrame(frame, plain));
  });
});
