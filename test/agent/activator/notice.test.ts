import { describe, expect, it } from "vitest";
import { counting, NOON, ordered, releasedOn } from "../../support/contract-builders.ts";
import { NEW, OLD, type PlayedHost, playHost } from "./played-host.ts";
import { GOOD_DAY, order } from "./stories.ts";

const HOUR_MS = 3_600_000;
const notice = { program: ["/bin/ask"], waitMs: 60_000, laterMs: HOUR_MS, most: 2 } as const;

/** A laptop that asks, on which everything is staged; what is said each time. */
async function asking(...answers: readonly ("later" | "now" | null)[]) {
  const host = await playHost();
  const laptop = { minBatteryPercent: 30, notice };
  host.limits = { ...host.limits, guards: { ...host.limits.guards, laptop } };
  let asked = 0;
  host.reality.onAsk = () => Promise.resolve(answers[asked++] ?? null);
  await GOOD_DAY[0]?.(host);
  await host.run();
  await host.drop(order("trial", 2));
  await host.run();
  return { host, asked: () => asked };
}

const waitsFor = async (host: PlayedHost) => (await host.report()).waiting?.code ?? null;

describe("a notice with Later", () => {
  it.each(["now", null] as const)("lets the trial begin when the answer is %s", async (answer) => {
    const { host, asked } = await asking(answer);
    await using _host = host;
    expect([host.reality.current, asked()]).toEqual([NEW, 1]);
  });

  it("puts it off by its time, asks again, and is not asked more often than it may be", async () => {
    const { host, asked } = await asking("later", "later", "later");
    await using _host = host;
    for (const times of [1, 2]) {
      expect([host.reality.current, asked()]).toEqual([OLD, times]);
      expect(await waitsFor(host)).toBe("person-said-later");
      host.reality.bootMs += HOUR_MS - 1;
      await host.run();
      expect([host.reality.current, asked()]).toEqual([OLD, times]);
      host.reality.bootMs += 1;
      await host.run();
    }
    expect([host.reality.current, asked()]).toEqual([NEW, 2]);
  });

  it("is counted on over a restart, after which it is asked at once", async () => {
    const { host, asked } = await asking("later", "later", "later");
    await using _host = host;
    host.losePower();
    await host.run();
    expect([await waitsFor(host), asked()]).toEqual(["person-said-later", 2]);
    host.losePower();
    await host.run();
    expect([host.reality.current, asked()]).toEqual([NEW, 2]);
  });

  it("holds back neither a commit nor a way back", async () => {
    const { host, asked } = await asking("now", "later");
    await using _host = host;
    await host.drop(order("revert", 3));
    await host.run();
    expect([host.reality.current, asked()]).toEqual([OLD, 1]);
    expect((await host.report()).outcome?.code).toBe("rolled-back");
  });

  it("is overtaken by the hub's word, and what is said afterwards counts for nothing", async () => {
    const { host } = await asking("later");
    await using _host = host;
    host.reality.bootMs += HOUR_MS;
    host.reality.onAsk = async (signal) => {
      await host.drop(order("revert", 3));
      if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return "later";
    };
    await host.run();
    expect((await host.report()).outcome).toMatchObject({ code: "canceled" });
    expect(host.reality.current).toBe(OLD);
  });

  it.each([
    [
      "en",
      undefined,
      "trial",
      "Nixwave: an update is ready | A new system will be tried. Programs",
    ],
    ["en", "Kernel 6.7", "boot", '"Kernel 6.7" will be tried. This machine will restart now.'],
    [
      "de",
      undefined,
      "trial",
      "Nixwave: Ein Update ist bereit | Ein neues System wird ausprobiert.",
    ],
    [
      "de",
      "Kernel 6.7",
      "boot",
      "„Kernel 6.7“ wird ausprobiert. Dieser Rechner startet jetzt neu.",
    ],
  ] as const)("speaks %s, and names %s for goal %s", async (language, title, goal, words) => {
    await using host = await playHost();
    const laptop = { minBatteryPercent: 30, notice: { ...notice, language } };
    host.limits = { ...host.limits, guards: { ...host.limits.guards, laptop } };
    const release = releasedOn(0, "new", { title: title as string });
    const approved = goal === "boot" ? ({ approved: "one-shot" } as const) : {};
    const counter = counting(NOON + 1);
    await host.drop(ordered(release, { goal, counter, ...approved }));
    await host.run();
    expect(host.shown).toEqual([expect.stringContaining(words)]);
  });

  it("is not shown on a machine that has none in its configuration", async () => {
    const { host, asked } = await asking();
    await using _host = host;
    const before = asked();
    expect(before).toBe(1);
    await using plain = await playHost();
    plain.reality.onAsk = () => Promise.reject(new Error("nobody is to be asked"));
    await GOOD_DAY[0]?.(plain);
    await plain.run();
    await plain.drop(order("trial", 2));
    await plain.run();
    expect(plain.reality.current).toBe(NEW);
  });
});
