import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-status.ts";
import { HUB_KEY } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import { failsAtTrial, type OperatedHome, openOperatedHome, rp3, rp4 } from "./operated-home.ts";

const LONG = { timeout: 120_000 } as const;

/** Announces as CI and waits. */
async function announce(home: OperatedHome, file: string, ...more: readonly string[]) {
  const ran = await home.nixwave("ci", "announce", file, "--wait", ...more);
  return { ...ran, last: ran.stdout.trimEnd().split("\n").at(-1) ?? "" };
}

const within = (ms: number) => ["--timeout", `${ms}ms`] as const;

describe.skipIf(needs("mosquitto").skip)("CI that waits for its release", () => {
  it("hears that all hosts have it, line by line, and writes the summary", LONG, async () => {
    await using home = await openOperatedHome();
    await home.startHub();
    await home.play(rp4);
    await home.play(rp3);
    const ran = await announce(home, await home.writeRelease("good"), ...within(60_000));
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(ran.last).toBe("verdict: promoted: 2 of 2 hosts updated");
    expect(ran.stdout).toContain("hub: takes the release");
    expect(ran.stdout).toMatch(/Z {2}rp4: updated\n/);
    expect(await readFile(home.workshop.at("summary.md"), "utf8")).toContain("| rp4 | updated |");
    expect(home.failures).toEqual([]);
  });

  it(
    "the same release again is known to be done; a fresh signature over it changes nothing",
    LONG,
    async () => {
      await using home = await openOperatedHome();
      await home.startHub();
      await home.play(rp4);
      await home.play(rp3);
      const first = await home.writeRelease("good");
      expect((await announce(home, first, ...within(60_000))).status).toBe(0);
      const again = await announce(home, first, ...within(30_000));
      expect([again.status, again.last]).toEqual([0, "verdict: promoted: 2 of 2 hosts updated"]);
      const refresh = await announce(home, await home.writeRelease("good"), ...within(30_000));
      expect(refresh.last).toBe(
        "verdict: promoted: it changes nothing: every host runs it already",
      );
      expect(refresh.status).toBe(0);
    },
  );

  it("is not kept by a host that sleeps, unless it says that it needs all", LONG, async () => {
    await using home = await openOperatedHome();
    const groups = [
      { name: "first", hosts: [rp4] },
      { name: "laptops", hosts: [{ host: rp3, optional: true }] },
    ];
    await home.startHub({ groups });
    await home.play(rp4);
    const file = await home.writeRelease("good");
    const ran = await announce(home, file, ...within(60_000));
    expect(ran.last).toBe("verdict: incomplete: rp3 asleep; 1 of 2 hosts updated");
    expect(ran.status).toBe(0);
    const strict = await announce(home, file, "--all-hosts", ...within(30_000));
    expect([strict.status, strict.last]).toEqual([EXIT.incomplete, ran.last]);
  });

  it(
    "hears why a host was undone, and that the same systems are not tried again",
    LONG,
    async () => {
      await using home = await openOperatedHome();
      await home.startHub();
      await home.play(rp4, failsAtTrial);
      await home.play(rp3);
      const ran = await announce(home, await home.writeRelease("bad"), ...within(60_000));
      expect(ran.status).toBe(EXIT.undone);
      expect(ran.last).toMatch(
        /^verdict: rolled back: rp4 Failed: activation-failed: unit heating failed/,
      );
      const again = await announce(home, await home.writeRelease("bad"), ...within(30_000));
      expect(again.status).toBe(EXIT.undone);
      expect(again.stdout).toContain("hub: starts nothing: only its statements are new");
      const aborted = await home.nixwave("anna", "abort");
      expect([aborted.status, aborted.stderr]).toEqual([0, ""]);
    },
  );

  it("hears that somebody holds it, by name", LONG, async () => {
    await using home = await openOperatedHome();
    await home.startHub();
    await home.play(rp4);
    await home.play(rp3);
    expect((await home.nixwave("anna", "hold", "--for", "2h")).stdout).toMatch(
      /^done: Everything is held until .* \(asked as anna\)\n$/,
    );
    const ran = await announce(home, await home.writeRelease("good"), ...within(4000));
    expect(ran.status).toBe(EXIT.waiting);
    expect(ran.last).toMatch(
      /^verdict: held: held by anna until \d{4}-\d\d-\d\d \d\d:\d\d UTC; 0 of 2 hosts updated$/,
    );
  });

  it("hears that somebody stopped it", LONG, async () => {
    await using home = await openOperatedHome();
    await home.startHub({ soak: "5m" });
    await home.play(rp4);
    await home.play(rp3);
    const waiting = announce(home, await home.writeRelease("good"), ...within(60_000));
    await expect
      .poll(async () => (await home.nixwave("anna", "status", "--json")).stdout, {
        timeout: 30_000,
      })
      .toContain('"Soaking"');
    expect((await home.nixwave("anna", "abort")).status).toBe(0);
    const ran = await waiting;
    expect([ran.status, ran.last]).toEqual([
      EXIT.undone,
      expect.stringMatching(/^verdict: (rolled back|stopped): .*anna/),
    ]);
  });

  it("hears that the hub refuses it, with the code", LONG, async () => {
    await using home = await openOperatedHome();
    await home.startHub();
    const file = await home.writeRelease("foreign", { key: HUB_KEY });
    const ran = await announce(home, file, ...within(30_000));
    expect(ran.status).toBe(EXIT.refused);
    expect(ran.last).toMatch(/^verdict: refused: the hub refuses it: signature-invalid: /);
  });

  it("hears that a newer one took its place", LONG, async () => {
    await using home = await openOperatedHome();
    await home.startHub({ soak: "5m" });
    await home.play(rp4);
    await home.play(rp3);
    const first = announce(home, await home.writeRelease("one"), ...within(60_000));
    await expect
      .poll(async () => (await home.nixwave("anna", "status", "--json")).stdout, {
        timeout: 30_000,
      })
      .toContain('"Soaking"');
    const second = await home.nixwave("ci", "announce", await home.writeRelease("two"));
    expect(second.status).toBe(0);
    await expect.poll(() => home.hub?.view.state.rollout?.draining, { timeout: 30_000 }).toBe(true);
    home.hub?.ask({ verb: "promote", by: "test", host: rp4 });
    const ran = await first;
    expect([ran.status, ran.last]).toEqual([
      EXIT.superseded,
      expect.stringMatching(/^verdict: superseded: (a newer release|the hub rolls out a newer)/),
    ]);
  });

  it("is told that there is no hub, then follows the one that comes", LONG, async () => {
    await using home = await openOperatedHome();
    await home.play(rp4);
    await home.play(rp3);
    const file = await home.writeRelease("good");
    const alone = await announce(home, file, ...within(3000));
    expect([alone.status, alone.last]).toEqual([
      EXIT.hub,
      "verdict: no hub: no hub was ever on this broker; the release waits there for it",
    ]);
    const waiting = announce(home, file, ...within(60_000));
    await home.startHub();
    expect((await waiting).last).toBe("verdict: promoted: 2 of 2 hosts updated");
  });

  it("does not pass on what the broker still holds of a release before", LONG, async () => {
    await using home = await openOperatedHome();
    await home.startHub();
    await home.play(rp4);
    await home.play(rp3);
    expect((await announce(home, await home.writeRelease("one"), ...within(60_000))).status).toBe(
      0,
    );
    await home.stopHub();
    const ran = await announce(home, await home.writeRelease("two"), ...within(3000));
    expect([ran.status, ran.last]).toEqual([
      EXIT.hub,
      "verdict: no hub: the hub is not connected to the broker; the release waits there for it",
    ]);
  });

  it("goes on through a hub that restarts and a connection that is cut", LONG, async () => {
    await using home = await openOperatedHome();
    await home.startHub({ soak: "5m" });
    await home.play(rp4);
    await home.play(rp3);
    const file = await home.writeRelease("good");
    await using ci = home.start("ci", "announce", file, "--wait", "--timeout", "100s");
    await ci.until(/rp4: in trial, being watched/);
    await home.stopHub();
    await ci.until(/the hub is not connected to the broker/);
    home.cutLine();
    await ci.until(/connected to the broker again/);
    await home.startHub({ soak: "5m" });
    await ci.until(/the hub is there/);
    for (const host of ["rp4", "rp3"] as const) {
      await ci.until(new RegExp(`${host}: in trial, being watched`));
      home.hub?.ask({ verb: "promote", by: "test", host: host === "rp4" ? rp4 : rp3 });
    }
    expect(await ci.ended).toBe(0);
    expect(ci.stdout.trimEnd().split("\n").at(-1)).toBe("verdict: promoted: 2 of 2 hosts updated");
  });

  it("ends with what it knew when it is interrupted", LONG, async () => {
    await using home = await openOperatedHome();
    await home.startHub({ soak: "5m" });
    await home.play(rp4);
    await home.play(rp3);
    const file = await home.writeRelease("good");
    await using ci = home.start("ci", "announce", file, "--wait");
    await ci.until(/rp4: in trial, being watched/);
    ci.signal("SIGTERM");
    expect(await ci.ended).toBe(EXIT.late);
    expect(ci.stdout).toMatch(/\nverdict: timed out: interrupted \(SIGTERM\); rp4 Soaking.*\n$/);
  });

  it("says what was under way when the time is over", LONG, async () => {
    await using home = await openOperatedHome();
    await home.startHub({ soak: "5m" });
    await home.play(rp4);
    await home.play(rp3);
    const ran = await announce(home, await home.writeRelease("good"), ...within(6000));
    expect(ran.status).toBe(EXIT.late);
    expect(ran.last).toMatch(/^verdict: timed out: rp4 Soaking.*0 of 2 hosts updated$/);
  });
});
