import { describe, expect, it } from "vitest";
import { LAST_BOOT, NEW, nextOf, OLD, openAfter, SWITCH_LIMIT_MS, trialOf } from "./host-view.ts";

const EXITED_0 = { state: "ended", end: { kind: "exited", status: 0 }, output: "" } as const;

describe("a boot loader", () => {
  const booting = { phase: "committing", step: "booting", goal: "commit" } as const;
  const kept = {
    ...{ profile: NEW, isDeadmanArmed: false, trial: trialOf({ phase: "committing" }) },
    run: EXITED_0,
  } as const;
  const unbooting = {
    phase: "reverting",
    step: "profile",
    cause: { code: "lease-expired", message: "late" },
  } as const;
  const back = { isDeadmanArmed: true, trial: trialOf({ phase: "reverting" }) } as const;
  const LEAVING = {
    phase: "reverting",
    step: "leaving",
    cause: { code: "boot-default-unsure", message: "lease-expired: late" },
  } as const;

  it("that says yes and wrote nothing is found out by what its files say, and tried again", () => {
    const run = { verb: "boot", count: 1 } as const;
    const again = openAfter(nextOf({ ...booting, run }, { ...kept, bootDefault: OLD }));
    expect(again).toMatchObject({ phase: "committing", run: { verb: "boot", count: 251 } });
    const last = { ...run, count: 251 };
    const undone = openAfter(nextOf({ ...booting, run: last }, { ...kept, bootDefault: OLD }));
    expect(undone).toMatchObject({ phase: "reverting", cause: { code: "bootloader-failed" } });
    expect(undone?.cause?.message).toContain("it said yes, but");
    for (const bootDefault of [NEW, null]) {
      expect(nextOf({ ...booting, run }, { ...kept, bootDefault })).toMatchObject({ do: "commit" });
    }
  });

  it("that another switch keeps busy has still both its tries", () => {
    const busy = { ...kept, run: { ...EXITED_0, end: { kind: "exited", status: 11 } } } as const;
    const waited = { retryAtBootMs: 1_100_000, run: { verb: "boot", count: 1 } } as const;
    const repeat = openAfter(nextOf({ ...booting, ...waited }, busy));
    expect(repeat?.run).toEqual({ verb: "boot", count: 2 });
    const failed = { ...kept, run: { ...EXITED_0, end: { kind: "exited", status: 1 } } } as const;
    const second = openAfter(nextOf({ ...booting, run: { verb: "boot", count: 2 } }, failed));
    expect(second).toMatchObject({ phase: "committing", run: { count: 251 } });
  });

  it("that stays busy for as long as a switch may take ends the commit as locked, not as failed", () => {
    const busy = { ...kept, run: { ...EXITED_0, end: { kind: "exited", status: 11 } } } as const;
    const open = { ...booting, run: { verb: "boot", count: SWITCH_LIMIT_MS / 10_000 } } as const;
    expect(openAfter(nextOf(open, busy))).toMatchObject({ cause: { code: "switch-locked" } });
  });

  it.each([
    ["fails twice", { ...EXITED_0, end: { kind: "exited", status: 1 } }, null],
    ["says yes twice and boots the new system", EXITED_0, NEW],
  ] as const)("that %s on the way back is written down as unsure", (_what, run, bootDefault) => {
    const open = { ...unbooting, run: { verb: "unboot", count: 251 } } as const;
    const after = openAfter(nextOf(open, { ...back, run, bootDefault }));
    expect(after).toMatchObject({ step: "undoing", cause: { code: "boot-default-unsure" } });
    expect(after?.cause?.message).toContain("lease-expired: late; the boot loader did not go back");
  });

  it("that failed but boots the old system all the same is no reason to doubt", () => {
    const open = { ...unbooting, run: { verb: "unboot", count: 1 } } as const;
    const run = { ...EXITED_0, end: { kind: "exited", status: 1 } } as const;
    const after = openAfter(nextOf(open, { ...back, run, bootDefault: OLD }));
    expect(after).toMatchObject({ step: "undoing", cause: { code: "lease-expired" } });
  });

  it.each([null, NEW])(
    "that may boot the new system locks the host (its files say %s)",
    (boots) => {
      const action = nextOf(LEAVING, { current: OLD, bootDefault: boots });
      const outcome = { code: "inconsistent", reason: "boot-default-unsure" };
      expect(action).toMatchObject({
        ...{ do: "note" },
        journal: { open: null, locked: { code: "boot-default-unsure" }, closed: [{ outcome }] },
      });
    },
  );

  it("that turns out to boot the old system ends as any way back", () => {
    const action = nextOf(LEAVING, { current: OLD, bootDefault: OLD });
    const outcome = { code: "rolled-back", reason: "bootloader-failed" };
    expect(action).toMatchObject({ journal: { open: null, closed: [{ outcome }] } });
    const recovered = { ...LEAVING, step: "recovering", bootId: LAST_BOOT } as const;
    const proved = nextOf(recovered, { current: OLD, booted: OLD, bootDefault: null });
    expect(proved).toMatchObject({ journal: { open: null, closed: [{ outcome }] } });
  });
});
