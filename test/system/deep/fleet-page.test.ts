import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Order } from "../../../src/contract/index.ts";
import type { Hub } from "../../../src/hub/index.ts";
import { needs } from "../../support/system-parts.ts";
import { connectAs, makeHubFolder, nuc, publishRelease, rp4 } from "../nodes-rig.ts";
import { playHost } from "../played-hosts.ts";
import {
  DESKTOP,
  FLOW,
  lookAt,
  openDoor,
  PHONE,
  playDownloadingHost,
  playSensors,
  SUMMARY,
  truthfulHost,
} from "./fleet-page-rig.ts";
import { focusedText, HOSTS, hostOf, openBrowser } from "./sidebar-rig.ts";

const REBOOT = { rebootRequired: true, rebootReasons: ["kernel", "initrd"] };

describe.skipIf(needs("chromium").skip)("the fleet page on a phone", () => {
  const end = new AsyncDisposableStack();
  const orders: Order[] = [];
  let hub: Hub;
  let door: Awaited<ReturnType<typeof openDoor>>;
  let server: Awaited<ReturnType<typeof playDownloadingHost>>;
  let sensors: ReturnType<typeof playSensors>;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;

  beforeAll(async () => {
    const folder = await makeHubFolder();
    end.use(folder);
    const profile = await mkdtemp(join(tmpdir(), "nixwave-page-"));
    end.defer(() => rm(profile, { recursive: true, force: true }));
    hub = await folder.open(FLOW, { hosts: HOSTS });
    end.defer(() => hub.close());
    const answer = truthfulHost();
    const rp4Bus = await playHost(hub, rp4, orders, (order, statement) => {
      const said = answer(order, statement);
      return said && { ...said, summary: SUMMARY, ...REBOOT };
    });
    end.defer(() => rp4Bus.close());
    server = await playDownloadingHost(hub, nuc);
    end.defer(() => server.close());
    const house = await connectAs("sensor", hub);
    end.defer(() => house.close());
    sensors = playSensors(house);
    end.defer(sensors.stop);
    door = await openDoor(hub.editorUrl);
    end.defer(() => door.close());
    browser = await openBrowser(profile);
    end.defer(() => browser.context.close());
    page = await browser.context.newPage();
    page.setDefaultTimeout(10_000);
    await page.setViewportSize(PHONE);
  });
  afterAll(() => end.disposeAsync());

  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const dialog = () => page.getByRole("dialog");
  const row = (host: string, text: string) =>
    page.locator(`[data-host="${host}"]`, { hasText: text });
  const sure = async (name: string): Promise<void> => {
    await button(name).first().click();
    await dialog().getByRole("button", { name, exact: true }).click();
  };

  const askHub = async (asked: object): Promise<void> => {
    const headers = { "content-type": "application/json", "x-nixwave": "1" };
    const path = `${hub.editorUrl}/nixwave/fleet/fleet/ask`;
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(asked) });
    expect(await answer.json()).toMatchObject({ accepted: true });
  };

  it("opens by its short address and shows hosts in their groups, and who is there", async () => {
    await page.goto(`${door.url}/nixwave`);
    await page.getByText("2 of 4 online").waitFor();
    expect(new URL(page.url()).pathname).toBe("/nixwave/page/");
    const names = await page.locator(".host strong").allTextContents();
    expect(names).toEqual(["rp4", "rp3", "nuc", "x1"]);
    const groups = await page.locator("h3.group").allTextContents();
    expect(groups).toEqual(["rooms", "laptop"]);
    await row("x1", "offline").waitFor();
    expect(await button("Stop").isDisabled()).toBe(true);
    expect(await button("Roll back").isDisabled()).toBe(true);
    await page.getByText("No rollout has ended yet.").waitFor();
  });

  it("shows a download as it goes, and what a host's system will change", async () => {
    await publishRelease(hub, "first");
    await row("nuc", "downloading").waitFor();
    await expect.poll(() => server.progress(40)).toBe(true);
    const bar = page.getByRole("progressbar", { name: "nuc: download" });
    await bar.waitFor();
    await row("nuc", "40 %, 157.2 MiB / 392.9 MiB").waitFor();
    await page.locator('[data-host="rp4"] summary').click();
    await row("rp4", "home-assistant: 2026.10.3 -> 2026.11.1").waitFor();
    await row("rp4", "and 28 more").waitFor();
    await row("rp4", "home-assistant.service, sshd.service").waitFor();
    await row("rp4", "Needs a reboot: kernel, initrd").waitFor();
    await lookAt(page, "loading-phone");
    await page.locator('[data-host="rp4"] summary').click();
  });

  it("draws what the gate measures: the trace, the limit, what was usual, the activation", async () => {
    server.hasAll();
    await row("rp4", "in trial, being watched").waitFor();
    await page.getByRole("heading", { name: "still warm for rp4" }).waitFor();
    await page.getByText("must be above 18").waitFor();
    const plot = page.getByRole("img", { name: /^bedroom, must be above 18\. 20\.\d/ });
    await plot.locator("canvas").waitFor();
    await page.getByText("activated", { exact: true }).first().waitFor();
    await page.getByText(/usual before: 20/).waitFor();
    await sensors.hasSaid(15);
    await lookAt(page, "trial-phone");
    await page.setViewportSize(DESKTOP);
    await lookAt(page, "trial-desktop");
    await page.setViewportSize(PHONE);
  });

  it("holds from the keyboard, for as long as somebody says, and tells what still finishes", async () => {
    await button("Hold").focus();
    await page.keyboard.press("Enter");
    await dialog().getByRole("heading", { name: "Hold everything?" }).waitFor();
    await lookAt(page, "hold-phone");
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "detached" });
    await expect.poll(() => focusedText(page)).toBe("Hold");
    await page.keyboard.press("Enter");
    await dialog().getByLabel("For how long").selectOption({ label: "Until somebody resumes" });
    await dialog().getByRole("button", { name: "Hold", exact: true }).click();
    await page.getByText(/^fleet page holds everything/).waitFor();
    await page.getByRole("status").filter({ hasText: "until somebody says resume" }).waitFor();
    await expect.poll(() => focusedText(page)).toContain("Resume");
    await sure("Resume");
    await page.getByText(/^fleet page holds everything/).waitFor({ state: "detached" });
  });

  it("is right after the connection was lost: it says since when, is grey meanwhile, and catches up", async () => {
    door.cut();
    await page.getByText(/^Not connected since \d\d:\d\d/).waitFor();
    expect(await page.locator("main.stale").count()).toBe(1);
    expect(await page.locator("#buttons button:not(:disabled)").count()).toBe(0);
    await lookAt(page, "lost-phone");
    await askHub({ verb: "hold", source: "wall" }); // while nobody can tell the page
    door.mend();
    await page.getByText(/^wall holds everything/).waitFor({ timeout: 20_000 });
    await page.getByText(/^Not connected since/).waitFor({ state: "hidden" });
    expect(await page.locator("main.stale").count()).toBe(0);
    await askHub({ verb: "resume" });
  });

  it("is right after a sleep: what it shows is at once what is so now", async () => {
    const devtools = await browser.context.newCDPSession(page);
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    await askHub({ verb: "hold", source: "wall" });
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
    await page.getByText(/^wall holds everything/).waitFor();
    await askHub({ verb: "resume" });
    await page.getByText(/^wall holds everything/).waitFor({ state: "detached" });
  });

  it("hurries when somebody is sure, and asks before the group that wants to be asked", async () => {
    await button("Deploy").click();
    expect(await dialog().getByRole("checkbox").isChecked()).toBe(true);
    await dialog().getByRole("button", { name: "Deploy", exact: true }).click();
    await page.getByRole("status").filter({ hasText: "It begins now." }).waitFor();
    await askHub({ verb: "promote", host: "rp4" }); // the one that is watched already
    await row("rp4", "updated").waitFor();
    await page.getByRole("heading", { name: "waits for approval" }).waitFor();
    await sure("Approve");
    await row("nuc", "in trial, being watched").waitFor();
    await askHub({ verb: "promote", host: "nuc" });
    await row("nuc", "updated").waitFor();
  });

  it("keeps the history: what was rolled out, when, for how long, and how it ended", async () => {
    const past = page.locator(".past > li").first();
    await past.getByText("27 Nov, nixpkgs bump".slice(8)).first().waitFor();
    await past.getByText(/took \d+/).waitFor();
    await past.locator("summary").click();
    await past.getByText("nuc updated").waitFor();
    await lookAt(page, "history-phone");
    await past.locator("summary").click();
  });

  it("shows the verdict when the room goes cold, and offers what can be done about the host", async () => {
    await publishRelease(hub, "second");
    await row("rp4", "in trial, being watched").waitFor();
    sensors.house.warmth = 16.5;
    await page.getByRole("heading", { name: "A host failed" }).waitFor({ timeout: 20_000 });
    await page.locator(".verdict.Failed").filter({ hasText: "bedroom" }).waitFor();
    await lookAt(page, "failed-phone");
    await page.setViewportSize(DESKTOP);
    await lookAt(page, "failed-desktop");
    await page.setViewportSize(PHONE);
    sensors.house.warmth = 20.4;
    await sure("Without it");
    await page.getByRole("heading", { name: "A host failed" }).waitFor({ state: "detached" });
  });

  it("stops a rollout, with what shall return, when somebody is sure", async () => {
    await button("Stop").click();
    expect(await focusedText(page)).toBe("Cancel");
    await dialog().getByLabel("What returns").selectOption({ label: "Only what did not end well" });
    await dialog().getByRole("button", { name: "Stop", exact: true }).click();
    await page.locator(".state", { hasText: "stopped" }).waitFor();
    expect(await button("Stop").isDisabled()).toBe(true);
  });

  it("says why a request failed, and keeps what was typed of nobody", async () => {
    await page.route("**/nixwave/fleet/*/ask", (route) =>
      route.fulfill({ status: 400, json: { code: "x", message: "the disk of the hub is full" } }),
    );
    await sure("Hold");
    await page.getByRole("alert").getByText("the disk of the hub is full").waitFor();
    await page.unroute("**/nixwave/fleet/*/ask");
  });

  it("rolls back whom somebody names", async () => {
    await publishRelease(hub, "third");
    for (const host of ["rp4", "nuc"]) {
      if (host === "nuc") await sure("Approve");
      await row(host, "in trial, being watched").waitFor();
      await askHub({ verb: "promote", host });
      await row(host, "updated").waitFor();
    }
    await button("Roll back").click();
    await dialog().getByLabel("Who returns").selectOption("rp4");
    await dialog().getByRole("button", { name: "Roll back", exact: true }).click();
    await page.locator(".answer", { hasText: "rp4" }).waitFor();
    await row("rp4", "updated").waitFor({ state: "detached" });
    expect(orders.some(({ rollback }) => rollback === true)).toBe(true);
  });

  it("complained about nothing on the console, and asked nobody but this machine", () => {
    // While the door was cut, and the answer that was made up.
    const expected = /net::ERR_|network error|status of 400/;
    expect(browser.complaints.filter((text) => !expected.test(text))).toEqual([]);
    const hosts = new Set(browser.asked.filter((url) => /^(?:http|ws)/.test(url)).map(hostOf));
    expect(hosts).toEqual(new Set(["127.0.0.1"]));
  });
});
