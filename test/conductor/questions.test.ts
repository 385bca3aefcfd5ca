import { describe, expect, it } from "vitest";
import { doWell, nuc, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

describe("a question of the wires", () => {
  it("is seen by everybody until it is answered, and no other host's end takes its button from the phone", async () => {
    await using home = new PlayedHome();
    const hub = await home.open({ plan: planWith({ soak: "2m" }) });
    home.play(rp4);
    home.play(nuc, (order, statement) =>
      order.goal === "stage" ? doWell(order, statement) : null,
    );
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(1_000);
    const rollout = hub.view.state.rollout?.id as never;
    const key = { rollout, host: nuc, attempt: 1 };
    hub.pose({ key, text: "Is the oven off?", until: null }, () => undefined);
    await home.clock.pass(600_000);
    expect(home.broker.held({ kind: "screenAsks" })).toBe("ON");
    expect(home.broker.held({ kind: "rolloutStatus" })).toMatchObject({
      paused: expect.arrayContaining([
        expect.objectContaining({ condition: "ApprovalRequired", why: "Is the oven off?" }),
      ]),
    });
    const ended = home.happened.findLast(({ announcement }) => announcement.type === "HostEnded");
    expect(ended?.announcement).toMatchObject({ host: rp4, state: "Succeeded" });
    expect(ended?.notification?.body).toContain("Is the oven off?");
    expect(ended?.notification?.actions).toEqual([
      { verb: "approve", label: "Approve", host: nuc },
      { verb: "skip", label: "Refuse", host: nuc },
      { verb: "abort", label: "Stop", host: null },
    ]);
    expect(hub.ask({ verb: "approve", by: "anna", host: null }).accepted).toBe(true);
    await home.clock.pass(200);
    expect(home.broker.held({ kind: "screenAsks" })).toBe("OFF");
    expect(JSON.stringify(home.broker.held({ kind: "rolloutStatus" }))).not.toContain("oven");
  });

  it("of a rollout that is not this one is nothing that this one waits for", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(1_000);
    const key = { rollout: "r-1" as never, host: nuc, attempt: 1 };
    hub.pose({ key, text: "Is the oven off?", until: null }, () => undefined);
    await home.clock.pass(200);
    expect(hub.view.status?.paused.map(({ condition }) => condition)).not.toContain(
      "ApprovalRequired",
    );
  });

  it("is answered by an approval or refused by a skip, once, before the rollout is asked", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const heard: unknown[] = [];
    const key = { rollout: "r-1" as never, host: rp4, attempt: 1 };
    hub.pose({ key, text: "Is the oven off?", until: null }, (answer) => heard.push(answer));
    await home.clock.pass(100);
    expect(home.happened.at(-1)?.notification?.body).toContain("Is the oven off?");
    expect(hub.ask({ verb: "approve", by: "anna", host: nuc }).accepted).toBe(false);
    expect(hub.ask({ verb: "approve", by: "anna", host: rp4 }).accepted).toBe(true);
    expect(hub.ask({ verb: "approve", by: "anna", host: rp4 }).accepted).toBe(false);
    hub.pose({ key, text: "", until: null }, (answer) => heard.push(answer));
    expect(hub.ask({ verb: "skip", by: "anna", host: rp4 })).toMatchObject({
      ...{ accepted: true, message: "Refused for rp4. What follows is the flow's to say." },
    });
    const withdraw = hub.pose({ key, text: "", until: null }, (answer) => heard.push(answer));
    withdraw();
    expect(hub.ask({ verb: "approve", by: "anna", host: null }).accepted).toBe(false);
    expect(heard).toEqual([
      { approved: true, by: "anna" },
      { approved: false, by: "anna" },
    ]);
  });
});
