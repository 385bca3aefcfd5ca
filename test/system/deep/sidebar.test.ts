import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Order } from "../../../src/contract/index.ts";
import type { Hub } from "../../../src/hub/index.ts";
import { needs } from "../../support/system-parts.ts";
import { makeHubFolder, nuc, publishRelease, rp4 } from "../nodes-rig.ts";
import { playHost } from "../played-hosts.ts";
import {
  breaksOnSecond,
  FLOW,
  framedIn,
  HOSTS,
  hostOf,
  openBrowser,
  openSidebar,
  picture,
  rebootingHost,
  showSidebar,
} from "./sidebar-rig.ts";

/** A fleet that nobody has finished yet. */
const CABIN = { id: "cabin", type: "nixwave-fleet", name: "cabin", mqttBroker: "" };

describe.skipIf(needs("chromium").skip)("the editor's sidebar in a browser", () => {
  const end = new AsyncDisposableStack();
  const orders: Order[] = [];
  let hub: Hub;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;

  beforeAll(async () => {
    const folder = await makeHubFolder();
    end.use(folder);
    const profile = await mkdtemp(join(tmpdir(), "nixwave-sidebar-"));
    end.defer(() => rm(profile, { recursive: true, force: true }));
    hub = await folder.open([...FLOW, CABIN], { hosts: HOSTS });
    end.defer(() => hub.close());
    const rp4Bus = await playHost(hub, rp4, orders, breaksOnSecond);
    end.defer(() => rp4Bus.close());
    const nucBus = await playHost(hub, nuc, orders, rebootingHost());
    end.defer(() => nucBus.close());
    browser = await openBrowser(profile);
    end.defer(() => browser.context.close());
    page = await openSidebar(browser.context, hub.editorUrl, "light");
    page.setDefaultTimeout(8000);
  });
  afterAll(() => end.disposeAsync());

  const frame = () => framedIn(page);
  const button = (name: string) => frame().getByRole("button", { name, exact: true });
  const row = (host: string, text: string) =>
    frame().locator(`[data-host="${host}"]`, { hasText: text });
  const sure = async (name: string): Promise<void> => {
    await button(name).click();
    await frame().getByRole("dialog").getByRole("button", { name, exact: true }).click();
  };
  const ask = async (asked: object): Promise<void> => {
    const headers = { "content-type": "application/json", "x-nixwave": "1" };
    const path = `${hub.editorUrl}/nixwave/fleet/fleet/ask`;
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(asked) });
    expect(await answer.json()).toMatchObject({ accepted: true });
  };

  it("is the fleet page in a frame: every host in the order in which they go, and who is there", async () => {
    await frame().getByText("2 of 4 online").waitFor();
    const names = await frame().locator(".host strong").allTextContents();
    expect(names).toEqual(["rp3", "rp4", "nuc", "x1"]);
    await row("x1", "offline").waitFor();
    expect(await button("Stop").isDisabled()).toBe(true);
  });

  it("is told of a rollout as it goes, with the release that a host runs by date and title", async () => {
    await publishRelease(hub, "first");
    await row("rp4", "in trial, being watched").waitFor();
    await row("rp4", "nixpkgs bump").waitFor();
    await frame()
      .getByText(/rp4 ends its trial by \d\d:\d\d/)
      .waitFor();
  });

  it("takes Escape for a no in its own dialog, which the editor does not hear", async () => {
    await button("Deploy").click();
    await frame().getByRole("dialog").getByText("At once: nothing settles").waitFor();
    await page.keyboard.press("Escape");
    await frame().getByRole("dialog").waitFor({ state: "detached" });
    await row("rp4", "in trial, being watched").waitFor();
  });

  it("hurries when somebody is sure: the next trial is not watched", async () => {
    await sure("Deploy");
    await frame().getByRole("status").filter({ hasText: "It begins now." }).waitFor();
    await ask({ verb: "promote", host: "rp4" }); // the one that is watched already
    await row("nuc", "updated").waitFor();
    await row("nuc", "reboot needed").waitFor();
  });

  it("shows why a host failed and what can be done, in the editor's theme", async () => {
    await publishRelease(hub, "second");
    await row("rp4", "failed").waitFor();
    await frame().getByRole("heading", { name: "A host failed" }).waitFor();
    await button("Without it").waitFor();
    await picture(page, "light");
    const dark = await openSidebar(browser.context, hub.editorUrl, "dark");
    await framedIn(dark).locator('[data-host="rp4"]', { hasText: "failed" }).waitFor();
    await framedIn(dark).locator('html[data-theme="dark"]').waitFor();
    await picture(dark, "dark");
    await dark.close();
  });

  it("offers no button to who may only look", async () => {
    const guest = await browser.context.newPage();
    await guest.route("**/nixwave/rights", (route) => route.fulfill({ status: 401, body: "" }));
    await showSidebar(guest, hub.editorUrl);
    await framedIn(guest).getByText("2 of 4 online").waitFor();
    await framedIn(guest).getByRole("heading", { name: "A host failed" }).waitFor();
    expect(await framedIn(guest).getByRole("button").count()).toBe(0);
    await guest.close();
  });

  it("lets one choose among several fleets, and says of one that is not open what to do", async () => {
    await frame().getByLabel("Fleet").selectOption("cabin");
    await frame().getByText("This fleet is not open.").waitFor();
    await frame().getByLabel("Fleet").selectOption("home");
    await frame().getByText("2 of 4 online").waitFor();
  });

  it("complains about nothing on the console, and asks nobody but this machine", () => {
    const refused = /status of 401/; // the one that was asked for above
    expect(browser.complaints.filter((text) => !refused.test(text))).toEqual([]);
    const hosts = new Set(browser.asked.filter((url) => /^(?:http|ws)/.test(url)).map(hostOf));
    expect(hosts).toEqual(new Set(["127.0.0.1"]));
  });

  it("shows what it knows as old while the hub is out of reach, and is right again after", async () => {
    await browser.context.setOffline(true);
    await frame()
      .getByText(/^Not connected since \d\d:\d\d/)
      .waitFor();
    expect(await frame().locator("#buttons button:not(:disabled)").count()).toBe(0);
    await browser.context.setOffline(false);
    await frame()
      .getByText(/^Not connected since/)
      .waitFor({ state: "hidden" });
    await expect
      .poll(() => frame().locator("#buttons button:not(:disabled)").count())
      .toBeGreaterThan(0);
  });

  it("follows a deploy of the whole flow, after which the fleet speaks German", async () => {
    await ask({ verb: "hold", source: "wall" });
    const path = `${hub.editorUrl}/flows`;
    const flows = (await (await fetch(path)).json()) as readonly { readonly id: string }[];
    const changed = flows.map((one) => (one.id === "fleet" ? { ...one, language: "de" } : one));
    const headers = {
      ...{ "content-type": "application/json", "Node-RED-Deployment-Type": "full" },
    };
    await fetch(path, { method: "POST", headers, body: JSON.stringify(changed) });
    await frame().getByText("2 von 4 da").waitFor();
    await button("Weiter").waitFor();
    await frame()
      .getByText(/^wall hält bis/)
      .waitFor();
    expect(await frame().locator("html").getAttribute("lang")).toBe("de");
  });
});
