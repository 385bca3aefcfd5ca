import { describe, expect, it } from "vitest";
import { type ControlRequest, parseHoldSource, parseUserName } from "../../src/contract/index.ts";
import { doWell, nuc, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

const anna = parseUserName("anna");
const wall = parseHoldSource("wall");
const HOUR_MS = 3_600_000;

const asks = (home: PlayedHome, request: Partial<ControlRequest>, retained = false): void =>
  home.broker.tell(
    { kind: "controlRequest", user: anna },
    { id: "r1" as never, action: "hold", ...request },
    retained,
  );
const answers = (home: PlayedHome) => home.broker.heard({ kind: "controlResponse", user: anna });

describe("a request on the wire", () => {
  it("is answered to the same user under the same id, with the end of the hold", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    asks(home, { action: "hold", duration: HOUR_MS as never });
    await home.clock.pass(200);
    expect(answers(home)).toMatchObject([{ id: "r1", status: "accepted", code: null }]);
    expect(answers(home)[0]?.message).toContain("13:00");
    expect(hub.view.state.holds).toMatchObject([
      { source: "anna", until: home.clock.now - 200 + HOUR_MS },
    ]);
    expect(home.broker.held({ kind: "holdState", source: parseHoldSource("anna") })).toBe("ON");
  });

  it("that comes twice is done once, and answered twice the same", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    asks(home, { action: "hold", duration: HOUR_MS as never });
    await home.clock.pass(30_000);
    asks(home, { action: "hold", duration: HOUR_MS as never });
    await home.clock.pass(200);
    const [first, second] = answers(home);
    expect(second).toEqual(first);
    expect(hub.view.state.holds[0]?.until).toBeLessThan(home.clock.now - 20_000 + HOUR_MS);
  });

  it("of a button that has one id for ever counts again later", async () => {
    await using home = new PlayedHome();
    await home.open();
    asks(home, { action: "deploy" });
    await home.clock.pass(120_000);
    asks(home, { action: "deploy" });
    expect(answers(home)).toHaveLength(2);
    expect(answers(home)[0]).toMatchObject({ status: "refused", code: "request-refused" });
    expect(answers(home)[0]?.message).toBe("no release waits");
  });

  it("for another rollout than the one here is refused", async () => {
    await using home = new PlayedHome();
    await home.open();
    asks(home, { action: "abort", rollout: "r-9" as never });
    expect(answers(home)[0]?.message).toContain("r-9 is not the rollout here");
  });

  it("that somebody retained is nobody's wish", async () => {
    await using home = new PlayedHome();
    asks(home, { action: "hold" }, true);
    const hub = await home.open();
    expect(hub.view.state.holds).toEqual([]);
    expect(answers(home)).toEqual([]);
  });
});

describe("a hold switch", () => {
  it("holds, releases, and shows where it stands", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    home.broker.tell({ kind: "holdSet", source: wall }, "ON");
    await home.clock.pass(200);
    expect(hub.view.state.holds).toMatchObject([{ source: "wall", host: null }]);
    expect(home.broker.held({ kind: "holdState", source: wall })).toBe("ON");
    home.broker.tell({ kind: "holdSet", source: wall }, "OFF");
    await home.clock.pass(200);
    expect(hub.view.state.holds).toEqual([]);
    expect(home.broker.held({ kind: "holdState", source: wall })).toBe("OFF");
  });

  it("that lets go of what it does not hold is told so at once, since a tile waits for it", async () => {
    await using home = new PlayedHome();
    await home.open();
    await home.clock.pass(1_000);
    home.broker.tell({ kind: "holdSet", source: wall }, "OFF");
    await home.clock.pass(200);
    expect(home.broker.held({ kind: "holdState", source: wall })).toBe("OFF");
  });

  it("with a retained word is a level: it holds once, and does not bring back what somebody ended", async () => {
    await using home = new PlayedHome();
    home.broker.tell({ kind: "holdSet", source: wall }, "ON", true);
    const hub = await home.open();
    expect(hub.view.state.holds).toHaveLength(1);
    hub.ask({ verb: "resume", by: "anna", host: null });
    const again = await home.restart();
    expect(again.view.state.holds).toEqual([]);
    home.broker.tell({ kind: "holdSet", source: wall }, "ON", true);
    await home.clock.pass(200);
    expect(again.view.state.holds).toHaveLength(1);
  });

  it("that ran out while no hub was there is said to be off", async () => {
    await using home = new PlayedHome();
    await home.open();
    home.broker.tell({ kind: "holdSet", source: wall }, "ON");
    await home.clock.pass(200);
    await home.kill();
    await home.clock.pass(5 * HOUR_MS);
    await home.open();
    await home.clock.pass(1_000);
    expect(home.broker.held({ kind: "holdState", source: wall })).toBe("OFF");
  });
});

describe("the deploy button", () => {
  it("pressed twice in two seconds is pressed once; pressed again later it counts again", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const plan = planWith({ start: "manual" });
    const hub = await home.open({ plan });
    hub.offer(releaseOf("one", home.clock.now));
    await home.clock.pass(60_000);
    const presses: (number | null)[] = [];
    const serialNow = () => hub.view.state.rollout?.approved.length ?? null;
    for (const waitMs of [300, 1_600, 60_000]) {
      home.broker.tell({ kind: "deploySet" }, "PRESS");
      await home.clock.pass(waitMs);
      presses.push(serialNow());
    }
    expect(presses).toEqual([1, 1, 1]);
    hub.offer(releaseOf("two", home.clock.now));
    await home.clock.pass(60_000);
    home.broker.tell({ kind: "deploySet" }, "PRESS");
    await home.clock.pass(60_000);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
  });

  it("begins what waits, and a retained press begins nothing", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open({ plan: planWith({ start: "manual" }) });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    home.broker.retained.set("nixwave/v1/control/deploy/set", Buffer.from("PRESS"));
    await home.restart({ plan: planWith({ start: "manual" }) });
    await home.clock.pass(60_000);
    expect(home.orders.filter(({ goal }) => goal === "trial")).toEqual([]);
    home.broker.tell({ kind: "deploySet" }, "PRESS");
    await home.clock.pass(60_000);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
  });
});

describe("an answer", () => {
  it("tells what still finishes", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open({ plan: planWith({ soak: "5m" }) });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(4 * 60_000);
    const { message } = hub.ask({ verb: "hold", by: "anna", host: null });
    expect(message).toMatch(/held until .* rp4 ends its trial in 6 min, then quiet\.$/);
  });

  it("speaks the home's language", async () => {
    await using home = new PlayedHome();
    const german = { ...home.options().home, language: "de" } as const;
    const hub = await home.open({ home: german });
    expect(hub.ask({ verb: "hold", by: "anna", host: rp4, duration: null }).message).toBe(
      "rp4 ist angehalten, bis jemand es fortsetzt. Nichts ist im Versuch.",
    );
  });

  it("to an approval names the reboot's risk in the host's own words", async () => {
    await using home = new PlayedHome();
    let reboots = false;
    home.play(rp4, (order, statement) => {
      if (order.goal === "boot") reboots = order.approved === "one-shot";
      if (order.goal !== "trial") return { ...doWell(order, statement), bootRisk: "one-shot" };
      return {
        ...{ phase: "idle", bootRisk: "one-shot" },
        outcome: { code: "needs-reboot", reason: "reboot-required", message: "" },
      };
    });
    home.play(nuc);
    const hub = await home.open();
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(hub.view.hosts[0]).toMatchObject({ stepState: "NeedsReboot", rebootNeeded: true });
    expect(hub.ask({ verb: "approve", by: "anna", host: rp4 })).toMatchObject({ accepted: true });
    await home.clock.pass(60_000);
    expect(reboots).toBe(true);
  });
});
