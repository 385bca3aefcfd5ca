import { describe, expect, it } from "vitest";
import type { Conductor } from "../../src/conductor/index.ts";
import { parsePlan } from "../../src/rollout/index.ts";
import { nuc, releaseOf, rp4 } from "../conductor/played-home.ts";
import { NOBODY, type Phone, phoneOn, soon } from "./phone-rig.ts";

const PLAN = parsePlan({
  groups: [rp4, nuc].map((host) => ({ name: host, hosts: [host], approval: "group" })),
  ...{ settle: "0s", soak: "0s", lease: "10m" },
});

/** As the events node is wired to the ntfy node. */
const wire = (phone: Phone, hub: Conductor) =>
  hub.onHappened(({ notification }) => {
    if (notification) phone.line?.post(notification, NOBODY);
  });

/** Lets the hub get on, until the rollout's notification has this button. */
async function shownWith(phone: Phone, label: string) {
  const found = () =>
    phone.shown.find(
      ({ sequence_id: about, actions }) =>
        about?.startsWith("rollout-") && actions?.some((one) => one.label === label),
    );
  await expect
    .poll(async () => {
      await phone.home.clock.pass(1000);
      return found()?.title;
    }, soon)
    .toBeDefined();
  return found();
}

describe("a rollout from the phone", () => {
  it("is approved group by group and taken back, each by the buttons of its own notification", async () => {
    await using phone = await phoneOn();
    phone.home.play(rp4);
    phone.home.play(nuc);
    const hub = await phone.home.open({ plan: PLAN });
    await phone.open({}, {}, hub);
    await phone.withButtons(); // the topics are looked at
    wire(phone, hub);
    hub.offer(releaseOf("old one", phone.home.clock.now));

    const first = await shownWith(phone, "Approve");
    await phone.server.tap(first, "Approve");
    await phone.answer("Approve: done");
    await expect
      .poll(async () => {
        await phone.home.clock.pass(1000);
        return hub.view.hosts.map(({ stepState }) => stepState);
      }, soon)
      .toEqual(["Succeeded", "Staged"]);

    await phone.server.tap(first, "Approve"); // the question is another one now
    await phone.answer("Approve: already used");
    expect(hub.view.hosts.map(({ stepState }) => stepState)).toEqual(["Succeeded", "Staged"]);

    await phone.server.tap(await shownWith(phone, "Approve"), "Approve");
    expect(await shownWith(phone, "Roll back")).toMatchObject({
      ...{ title: expect.stringContaining("all hosts are updated"), priority: 3 },
    });

    hub.offer(releaseOf("new one", phone.home.clock.now));
    await phone.server.tap(await shownWith(phone, "Approve"), "Approve");
    await expect
      .poll(async () => {
        await phone.home.clock.pass(1000);
        return hub.view.hosts.map(({ stepState }) => stepState);
      }, soon)
      .toEqual(["Succeeded", "Staged"]);
    await phone.server.tap(await shownWith(phone, "Approve"), "Approve");
    await expect
      .poll(async () => {
        await phone.home.clock.pass(1000);
        return phone.last?.title;
      }, soon)
      .toContain("all hosts are updated");
    await phone.server.tap(phone.last, "Roll back");
    await phone.answer("Roll back: done");
    await expect
      .poll(async () => {
        await phone.home.clock.pass(1000);
        return phone.last?.title;
      }, soon)
      .toContain("rolled back");
    const about = phone.shown.map(({ sequence_id: id }) => String(id));
    expect(new Set(about).size).toBe(about.length); // one for each rollout, however much was told
    expect(about.filter((id) => id.startsWith("rollout-"))).toHaveLength(2);
  });
});
