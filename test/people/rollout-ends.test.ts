import { describe, expect, test } from "vitest";
import { COMPLETIONS, readReason } from "../../src/rollout/index.ts";
import { ENGLISH, endedRollout, GERMAN, situationOf, statusOf, told } from "./scenes.ts";
import { begins, buttons, ended, shown } from "./shown-notices.ts";

describe("the end of a rollout", () => {
  test("is told for each completion; those that went wrong ring and can be tried again", () => {
    for (const completion of COMPLETIONS) {
      const rollout = endedRollout(completion);
      const one = shown(told("RolloutEnded", { rollout }), situationOf(statusOf({})), ENGLISH);
      const bad = ["Aborted", "RolledBack", "RollbackFailed", "Rejected"].includes(completion);
      expect([completion, one.priority >= 4]).toEqual([completion, bad]);
      const good = ["Promoted", "PartiallyPromoted"].includes(completion);
      expect(buttons(one)).toEqual(bad ? ["retry"] : good ? ["rollback"] : []);
    }
  });

  test("names each host that went wrong with its reason, then who has it", () => {
    const status = statusOf(
      {
        rp3: "Succeeded",
        rp4: ["RolledBack", "lease-expired"],
        nuc: "Canceled",
        x1: "NeedsReboot",
      },
      { phase: "Completed", completion: "Aborted" },
    );
    const rollout = endedRollout("Aborted", "rp4: RolledBack, lease-expired");
    expect(shown(told("RolloutEnded", { rollout }), situationOf(status), ENGLISH)).toMatchObject({
      title: "14 Jul, nixpkgs bump: stopped",
      body:
        "rp4: Nobody confirmed the trial in time.\nx1: needs a reboot\n" +
        "Not updated: rp4, x1.\nUpdated: rp3.",
    });
    // rp3 has half a release: it can go back too
    const one = shown(told("RolloutEnded", { rollout }), situationOf(status), ENGLISH);
    expect(buttons(one)).toEqual(["retry", "rollback"]);
  });

  test("without such a host gives the rollout's own reason", () => {
    const rollout = endedRollout("Aborted", "stopped by anna");
    const status = statusOf({ rp4: "Canceled" });
    expect(shown(told("RolloutEnded", { rollout }), situationOf(status), GERMAN).body).toBe(
      "Beendet von anna.",
    );
  });

  test("of which nothing else is known repeats its title", () => {
    const one = shown(
      told("RolloutEnded", { rollout: endedRollout("Promoted") }),
      situationOf(null),
      ENGLISH,
    );
    expect(one.title).toBe("Rollouts: all hosts are updated");
    expect(one.body).toBe(one.title);
  });
});

describe("a rollout that returns", () => {
  const asked = statusOf(
    { rp4: "RolledBack" },
    { phase: "RollingBack", why: readReason("rolled back by anna") },
  );

  test("because somebody asked for it does not ring: not by its hosts, not at its end", () => {
    const back = shown(ended("RolledBack"), situationOf(asked), ENGLISH);
    expect(back).toMatchObject({ title: "rp4: undone", priority: 2, actions: [] });
    const end = told("RolloutEnded", {
      rollout: endedRollout("RolledBack", "rolled back by anna"),
    });
    expect(shown(end, situationOf(asked), ENGLISH).priority).toBe(3);
  });

  test("rings all the same for a host that did not get back, and when it has failed", () => {
    expect(shown(ended("Failed"), situationOf(asked), ENGLISH).priority).toBe(4);
    const rollout = endedRollout("RollbackFailed", "rolled back by anna");
    expect(shown(told("RolloutEnded", { rollout }), situationOf(asked), ENGLISH).priority).toBe(5);
  });

  test("says of each host that it goes back, not that it tries something", () => {
    const back = (phase: string) => situationOf(statusOf({ rp4: "Activating" }, { phase }));
    expect(shown(begins, back("RollingBack"), ENGLISH).title).toBe(
      "14 Jul, nixpkgs bump: rp4 returns to what it had",
    );
    expect(shown(begins, back("Progressing"), ENGLISH).title).toBe(
      "14 Jul, nixpkgs bump: rp4 tries it",
    );
    expect(shown(begins, situationOf(null), ENGLISH).title).toMatch(/rp4 tries it$/);
  });
});
