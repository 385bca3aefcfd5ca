import { describe, expect, it } from "vitest";
import type { RunEnd } from "../../../agent/decide/facts.ts";
import { judgeSwitch, type SwitchEvidence } from "../../../agent/decide/judge-switch.ts";
import { NEW, OLD, OTHER } from "./host-view.ts";

const exited = (status: number): RunEnd => ({ kind: "exited", status });
const judged = (end: RunEnd, evidence: Partial<SwitchEvidence> = {}) =>
  judgeSwitch({
    ...{ end, output: "", target: NEW, current: NEW },
    ...{ failedBefore: [], failedNow: [], ...evidence },
  });
const CHECK = "Pre-switch check 'switchInhibitors' failed";

const failedAs = (code: string, message = "") => ({
  ...{ is: "failed", code, isTouched: true },
  message: expect.stringContaining(message),
});

/** One row for each of docs/host.md's, "Exit codes of switch-to-configuration". */
describe("the end of a switch", () => {
  it.each([
    ["0 and the target runs", exited(0), {}, { is: "running", message: "" }],
    ["0 and the old system runs", exited(0), { current: OLD }, failedAs("activation-failed")],
    ["0 and a third system runs", exited(0), { current: OTHER }, failedAs("activation-failed")],
    ["0 and nothing runs", exited(0), { current: null }, failedAs("activation-failed")],
    ["1, an inhibitor", exited(1), { output: CHECK, current: OLD }, { is: "needs-reboot" }],
    ["1, otherwise", exited(1), { output: "bad" }, failedAs("activation-failed")],
    ["2", exited(2), {}, failedAs("activation-failed")],
    ["2 with a check's words", exited(2), { output: CHECK }, failedAs("activation-failed")],
    ["101", exited(101), {}, failedAs("activation-failed")],
    ["any other", exited(77), {}, failedAs("activation-failed")],
    ["11", exited(11), { current: OLD }, { is: "busy" }],
    ["100", exited(100), { current: OLD }, { is: "needs-reboot" }],
    ["100 and the target runs", exited(100), {}, failedAs("activation-failed", "wants a reboot")],
    [
      ...["1, an inhibitor, and the target runs", exited(1), { output: CHECK }],
      failedAs("activation-failed", "wants a reboot"),
    ],
    ["too slow", { kind: "too-slow" }, {}, failedAs("activation-too-slow")],
    ["killed", { kind: "killed", signal: "SIGKILL" }, {}, failedAs("activation-killed")],
    ["not started", { kind: "not-started", message: "203" }, {}, failedAs("activation-failed")],
  ] as const)("%s", (_row, end, evidence, verdict) => {
    expect(judged(end, evidence)).toMatchObject(verdict);
  });

  it("1 after another check: nothing was touched, and the check is named", () => {
    const output = "x\nPre-switch check 'bootSpace' failed\nno room on /boot\n";
    const verdict = judged(exited(1), { output, current: OLD });
    expect(verdict).toMatchObject({
      ...{ is: "failed", code: "switch-check-failed", isTouched: false },
      message: expect.stringMatching(/^check bootSpace: [\s\S]*no room on \/boot$/),
    });
  });

  it.each([
    ["a unit that had worked", [], ["a.service"], "units-failed", "a.service"],
    ["one more", ["a.service"], ["a.service", "b.service"], "units-failed", "b.service"],
    ["another one", ["a.service"], ["b.service"], "units-failed", "b.service"],
    ["the same", ["a.service"], ["a.service"], "running", "failed before and still: a.service"],
    ["none any more", ["a.service"], [], "running", ""],
  ])("4 and %s failed", (_row, failedBefore, failedNow, is, message) => {
    const verdict = is === "running" ? { is, message } : { is: "failed", code: is, message };
    expect(judged(exited(4), { failedBefore, failedNow })).toMatchObject(verdict);
  });

  it("4 with old failures only, and something else runs", () => {
    const evidence = { failedBefore: ["a.service"], failedNow: ["a.service"], current: OLD };
    expect(judged(exited(4), evidence)).toMatchObject(failedAs("activation-failed"));
  });

  it("keeps the end of a long output, where the cause is", () => {
    const verdict = judged(exited(2), { output: `${"x".repeat(5000)} the cause\n` });
    expect(verdict).toMatchObject({ message: expect.stringMatching(/the cause$/) });
    expect("message" in verdict && verdict.message.length).toBeLessThan(1000);
  });
});
