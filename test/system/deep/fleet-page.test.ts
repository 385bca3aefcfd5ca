import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Order } from "../../../src/contract/index.ts";
import type { Hub } from "../../../src/hub/index.ts";
import { needs } from "../../support/system-parts.ts";
import { connectAs, makeHubFolder, nuc, publishRelease, rp4 } from "../nodes-rig.ts";
import { doWell, playHost } from "../played-hosts.ts";
import {
  DESKTOP,
  FLOW,
  lookAt,
  openDoor,
  PHONE,
  playDownloadingHost,
  playSensors,
  SUMMARY,
} from "./fleet-page-rig.ts";
import { focusedText, HOSTS, hostOf, openBrowser } from "./sidebar-rig.ts";

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
    const rp4Bus = await playHost(hub, rp4, orders, (order, statement) => {
      const said = doWell(order, statement);
      return said && { ...said, summary: SUMMARY, rebootRequired: true };
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
    await row("rp4", "Needs a reboot").waitFor();
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
    await page.waitForTimeout(6000);
    await lookAt(page, "trial-phone");
    await page.setViewportSize(DESKTOP);
    await lookAt(page, "trial-desktop");
    await page.setViewportSize(PHONE);
  });
});
