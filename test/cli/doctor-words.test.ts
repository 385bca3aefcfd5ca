import { describe, expect, test } from "vitest";
import { CHECKS } from "../../src/cli/doctor/checks.ts";
import { examine } from "../../src/cli/doctor/examine.ts";
import { known, unknown } from "../../src/cli/doctor/facts.ts";
import { examinedAsJson, renderExamined } from "../../src/cli/doctor/render.ts";
import { paintFor } from "../../src/cli/paint.ts";
import { nuc, saying, WELL } from "./doctor-homes.ts";
import { openWorkshop, terminal } from "./memory-io.ts";

const plain = paintFor(process.stdout, { NO_COLOR: "1" });
const pick = (...ids: readonly string[]) => CHECKS.filter(({ id }) => ids.includes(id));

describe("what the doctor prints", () => {
  const facts = {
    ...WELL,
    hub: known(null),
    sensors: unknown("no flow was given"),
    reports: known([saying({ rebootRequired: true }), saying({ host: nuc, rebootRequired: true })]),
  };
  const examined = examine(
    pick("broker-unreachable", "hub-away", "sensor-silent", "reboot"),
    facts,
  );

  test("stands below each other, with the way out below what was found", () => {
    expect(renderExamined(examined, plain)).toBe(
      [
        "✓ broker-unreachable  mqtt://nuc answers",
        "✗ hub-away            nothing is retained on hub/status: no hub was ever here",
        "                      → Start it (`nixwave hub`, or Node-RED with the fleet's node deployed), and look at its log.",
        "? sensor-silent       not known: no flow was given",
        "! reboot              rp4: needs a reboot",
        "                      nuc: needs a reboot",
        "                      → Approve it (`nixwave approve HOST`, or on the fleet page), or restart the host yourself.",
        "",
      ].join("\n"),
    );
  });

  test("has colours on a terminal only", () => {
    expect(renderExamined(examined, paintFor(terminal(), {}))).toContain("\u001b[31;1m✗");
    expect(renderExamined(examined, plain)).not.toContain("\u001b");
  });

  test("cannot be redrawn by what a host says", () => {
    const outcome = {
      code: "inconsistent",
      reason: null,
      message: "boots\nanother\tsystem",
    } as const;
    const reports = known([saying({ outcome })]);
    const text = renderExamined(examine(pick("locked"), { ...WELL, reports }), plain);
    expect(text.split("\n")[0]).toBe("✗ locked  rp4: boots another system");
  });

  test("is the same in JSON, with ids and states for scripts", () => {
    const { v, checks } = JSON.parse(examinedAsJson(examined));
    expect(v).toBe(1);
    expect(checks.map(({ id, state }: { id: string; state: string }) => [id, state])).toEqual([
      ["broker-unreachable", "ok"],
      ["hub-away", "found"],
      ["sensor-silent", "unknown"],
      ["reboot", "found"],
    ]);
    expect(checks[1]).toMatchObject({
      weight: "wrong",
      wayOut: expect.stringMatching(/^Start it/),
    });
    expect(checks[2].wayOut).toBeNull();
  });
});

describe("nixwave doctor", () => {
  test.each([
    [["--skip", "nonsense"], 'there is no check "nonsense": broker-unreachable, '],
    [[], "--broker (or NIXWAVE_BROKER) is missing"],
    [["--flow", "gone.json", "--broker", "mqtt://127.0.0.1:1"], "gone.json: there is no such file"],
  ])("refuses %j", async (args, says) => {
    const workshop = await openWorkshop();
    try {
      const { status, stderr, stdout } = await workshop.nixwave(["doctor", ...args]);
      expect([status === 0, stdout]).toEqual([false, ""]);
      expect(stderr).toContain(says);
    } finally {
      await workshop.remove();
    }
  });
});
