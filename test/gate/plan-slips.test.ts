import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gate, refusal, row } from "./plan-cases.ts";

describe("a slip in the settings is told with its place", () => {
  it.each([
    [null, "/: an object is expected, not null"],
    [[], "/: an object is expected"],
    [{}, "/rows: at least one row is needed"],
    [{ rows: "x" }, "/rows: a list of at most 50 is expected"],
    [{ rows: [7] }, "/rows/0: an object is expected, not 7"],
    [gate({ sok: "1m" }), "/sok: there is no such field"],
    [gate({}, row({ limt: 1 })), "/rows/0/limt: there is no such field"],
    [gate({}, row({ "a/b~c": 1 })), "/rows/0/a~1b~0c"],
    [gate({}, row({ limit: "15" })), '/rows/0/limit: a finite number is expected, not "15"'],
    [gate({}, row({ limit: Number.NaN })), "/rows/0/limit: a finite number"],
    [gate({}, { topic: "room", is: "above" }), "/rows/0/limit: above needs a limit"],
    [gate({}, { topic: "room", is: "on", limit: 1 }), "/rows/0/limit: on has no limit"],
    [gate({}, { topic: "room" }), "/rows/0/is: one of above,"],
    [gate({}, row({ is: "over" })), "/rows/0/is: one of above,"],
    [gate({}, { is: "live" }), "/rows/0/topic: exactly one of topic"],
    [gate({}, row({ query: "up" })), "exactly one of topic"],
    [gate({}, row({ topic: "tele/+/SENSOR" })), "whole topics without + and #"],
    [gate({}, row({ topic: [] })), "whole topics without + and #"],
    [gate({}, { queries: [7], is: "live" }), "/rows/0/queries: 1 to 50 queries are expected"],
    [gate({}, { topics: ["a", "a"], is: "live" }), "/rows/0/topics: a source stands twice"],
    [
      gate({}, { topics: ["a", "b"], is: "live", quorum: 3 }),
      "/rows/0/quorum: 3 of 2 sources cannot be met",
    ],
    [gate({}, { topic: "a", is: "steady" }), "/rows/0/is: steady needs allowedIncrease"],
    [gate({}, { topic: "a", is: "on", allowedDecrease: 1 }), "on is not about a number"],
    [gate({}, row({ allowedIncrease: -1 })), "/rows/0/allowedIncrease: a number of at least 0"],
    [gate({}, row({ control: { topic: "b" } })), "a control sensor needs allowedIncrease"],
    [
      gate({}, row({ control: { topic: "b", x: 1 }, allowedIncrease: 1 })),
      "/rows/0/control/x: there is no such field",
    ],
    [gate({}, row({ format: "alerts" })), "no-new-alert and the format alerts belong together"],
    [gate({}, row({ format: "json", path: "a[" })), '/rows/0/path: "a[" is not understood'],
    [gate({}, row({ carriedBy: ["NUC"] })), '/rows/0/carriedBy: host name "NUC"'],
    [gate({}, row({ ask: { topic: "a/#" } })), "/rows/0/ask/topic: a whole topic"],
    [gate({}, row({ ask: { topic: "a", every: "10ms" } })), "/rows/0/ask/every: at least 1s"],
    [gate({}, row({ ask: { topic: "a", payload: 7 } })), "/rows/0/ask/payload: a text"],
    [gate({ soak: "10 minutes" }), "/soak: a duration such as 30s, 10m or 1h30m is expected"],
    [gate({ soak: "1m", soakMs: 60_000 }), "/soak: give it or soakMs, not both"],
    [gate({ soakMs: 1.5 }), "/soak: a duration"],
    [gate({ soakMs: -1 }), "/soak: a duration"],
    [gate({ soak: "400d" }), "/soak: a duration"],
    [gate({ dryRun: "yes" }), "/dryRun: true or false is expected"],
    [gate({ consecutiveSuccess: 0 }), "/consecutiveSuccess: a whole number from 1"],
    [gate({ consecutiveSuccess: 1.5 }), "/consecutiveSuccess: a whole number from 1"],
    [gate({ failureCount: 101 }), "/failureCount: a whole number from 1 to 100"],
    [gate({ failureCount: 5, failureWindow: 4 }), "/failureCount: 5 failures of 4 cannot be"],
    [gate({ onInconclusive: "ignore" }), "/onInconclusive: one of pause, revert"],
    [gate({}, row({ unit: "degrees C" })), '/rows/0/unit: a unit has no spaces: "degrees C"'],
    [gate({}, row({ unit: "x".repeat(17) })), "/rows/0/unit: a text of at most 16 characters"],
    [gate({}, row({ name: "" })), "/rows/0/name: a text of 1 to 256 characters"],
  ])("%#: %j", (plan, fault) => {
    const { code, message } = refusal(plan);
    expect(code).toBe("gate-plan-invalid");
    expect(message).toContain(fault);
  });

  it("names every fault at once", () => {
    const { message } = refusal(gate({ sok: 1 }, row({ limt: 1, quorum: 9 })));
    expect(message).toMatch(/quorum.*limt.*sok|limt.*quorum.*sok/);
  });

  it("whatever is entered, the answer is a plan or a coded refusal", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        for (const input of [
          one,
          { rows: [one, other] },
          { rows: [row({ ask: one, control: other })] },
        ]) {
          expect(["accepted", "gate-plan-invalid", "gate-unsatisfiable"]).toContain(
            refusal(input).code,
          );
        }
      }),
    );
  });
});
