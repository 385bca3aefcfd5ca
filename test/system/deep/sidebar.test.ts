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
  type EditorWindow,
  FLOW,
  focusedText,
  HOSTS,
  hostOf,
  openBrowser,
  openSidebar,
  picture,
  rebootingHost,
  showSidebar,
} from "./sidebar-rig.ts";

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
    hub = await folder.open(FLOW, { hosts: HOSTS });
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

  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const row = (host: string, text: string) =>
    page.locator(`[data-host="${host}"]`, { hasText: text });

  const ask = async (asked: object): Promise<void> => {
    const body = JSON.stringify(asked);
    const headers = { "content-type": "application/json" };
    const path = `${hub.editorUrl}/nixwave/fleet/fleet/ask`;
    const answer = await fetch(path, { method: "POST", headers, body });
    expect(await answer.json()).toMatchObject({ accepted: true });
  };

  it("shows every host in the order in which they go, and who is there", async () => {
    await page.getByText("2 of 4 online").waitFor();
    const names = await page.locator(".nixwave-host strong").allTextContents();
    expect(names).toEqual(["rp3", "rp4", "nuc", "x1"]);
    await row("x1", "offline").waitFor();
    expect(await button("Stop").isDisabled()).toBe(true);
  });

  it("is told of a rollout as it goes, with the release that a host runs by date and title", async () => {
    await publishRelease(hub, "first");
    await row("rp4", "in trial, being watched").waitFor();
    await row("rp4", "nixpkgs bump").waitFor();
    await page.getByText(/rp4 ends its trial by \d\d:\d\d/).waitFor();
    await picture(page, "trial");
  });

  it("holds from the keyboard, says what still finishes, and resumes", async () => {
    await button("Hold").focus();
    await page.keyboard.press("Enter");
    await page.getByText(/^editor holds everything until/).waitFor();
    await page.getByRole("status").filter({ hasText: "Everything is held until" }).waitFor();
    expect(await button("Hold").isDisabled()).toBe(true);
    expect(await focusedText(page)).toBe("Resume");
    await page.keyboard.press("Enter");
    await page.getByText(/^editor holds everything until/).waitFor({ state: "detached" });
  });

  it("asks back before it hurries, and takes Escape for a no", async () => {
    await button("Deploy now").click();
    await page.getByRole("alertdialog").getByText("Deploy now? Nothing settles").waitFor();
    expect(await focusedText(page)).toBe("Cancel");
    await picture(page, "question");
    await page.keyboard.press("Escape");
    await page.getByRole("alertdialog").waitFor({ state: "hidden" });
    expect(await focusedText(page)).toBe("Now");
    await row("rp4", "in trial, being watched").waitFor();
  });

  it("hurries when somebody is sure: the next trial is not watched", async () => {
    await button("Deploy now").click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Deploy now" }).click();
    await page.getByRole("status").filter({ hasText: "It begins now." }).waitFor();
    await ask({ verb: "promote", host: "rp4" }); // the one that is watched already
    await row("nuc", "updated").waitFor();
    await row("nuc", "reboot needed").waitFor();
  });

  it("shows why a host failed and what can be done, in light and in dark", async () => {
    await publishRelease(hub, "second");
    await row("rp4", "failed").waitFor();
    await page.getByRole("heading", { name: "A host failed" }).waitFor();
    await button("Without it").waitFor();
    await button("Hold").click();
    await page.getByText(/^editor holds everything until/).waitFor();
    await picture(page, "light");
    const dark = await openSidebar(browser.context, hub.editorUrl, "dark");
    await dark.locator('[data-host="rp4"]', { hasText: "failed" }).waitFor();
    await picture(dark, "dark");
    await dark.close();
  });

  it("says why a request failed", async () => {
    await page.route("**/nixwave/fleet/*/ask", (route) =>
      route.fulfill({ status: 400, json: { code: "x", message: "the disk of the hub is full" } }),
    );
    await button("Resume").click();
    await page.getByRole("alert").getByText("the disk of the hub is full").waitFor();
    await page.unroute("**/nixwave/fleet/*/ask");
  });

  it("stops a rollout when somebody is sure", async () => {
    await button("Stop").click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Stop it" }).click();
    await page.locator(".nixwave-state", { hasText: "stopped" }).waitFor();
    expect(await button("Stop").isDisabled()).toBe(true);
  });

  it("offers no button to who may only look", async () => {
    const guest = await browser.context.newPage();
    await guest.route(/\/settings(\?|$)/, async (route) => {
      const settings = (await (await route.fetch()).json()) as object;
      await route.fulfill({
        json: { ...settings, user: { username: "guest", permissions: "read" } },
      });
    });
    await showSidebar(guest, hub.editorUrl);
    await guest.getByText("2 of 4 online").waitFor();
    expect(await guest.locator(".nixwave-fleet button").count()).toBe(0);
    await guest.close();
  });

  it("lets one choose among several fleets, and says of one that is not deployed what to do", async () => {
    await page.evaluate(() => {
      const { RED } = globalThis as unknown as EditorWindow;
      RED.nodes.import([{ id: "cabin", type: "nixwave-fleet", name: "cabin" }]);
    });
    await page.getByLabel("Fleet").selectOption("cabin");
    await page.getByText("This fleet is not open.").waitFor();
    await page.getByLabel("Fleet").selectOption("home");
    await page.getByText("2 of 4 online").waitFor();
  });

  it("speaks the language of who looks; the words of the fleet stay its own", async () => {
    const german = await browser.context.newPage();
    await german.addInitScript(() => localStorage.setItem("editor-language", "de"));
    await showSidebar(german, hub.editorUrl);
    await german.getByText("2 von 4 da").waitFor();
    await german.getByRole("button", { name: "Anhalten" }).waitFor();
    await picture(german, "german");
    expect(await german.locator(".nixwave-headline").getAttribute("lang")).toBe("en");
    await german.evaluate(() => localStorage.removeItem("editor-language"));
    await german.close();
  });

  it("complains about nothing on the console, and asks nobody but this machine", () => {
    const refused = /status of 40[04]/; // the two that were asked for above
    expect(browser.complaints.filter((text) => !refused.test(text))).toEqual([]);
    const hosts = new Set(browser.asked.filter((url) => /^(?:http|ws)/.test(url)).map(hostOf));
    expect(hosts).toEqual(new Set(["127.0.0.1"]));
  });

  it("shows what it knows as old while the hub is out of reach, and is right again after", async () => {
    await browser.context.setOffline(true);
    await page.getByText(/^As of \d\d:\d\d/).waitFor();
    expect(await page.locator(".nixwave-buttons button:not(:disabled)").count()).toBe(0);
    await picture(page, "old");
    await browser.context.setOffline(false);
    await page.getByText(/^As of \d\d:\d\d/).waitFor({ state: "hidden" });
    expect(await page.locator(".nixwave-buttons button:not(:disabled)").count()).toBeGreaterThan(0);
  });

  it("follows a deploy of the whole flow, under which the hub closes and opens again", async () => {
    const watched = await openSidebar(browser.context, hub.editorUrl, "light");
    await watched.getByText("2 of 4 online").waitFor();
    await watched.evaluate(() => {
      const seen: boolean[] = [];
      Object.assign(globalThis, { seen });
      const { RED } = globalThis as unknown as EditorWindow;
      RED.comms.subscribe("nixwave/fleet", (_topic, view) => seen.push("words" in view));
    });
    const path = `${hub.editorUrl}/flows`;
    const body = await (await fetch(path)).text();
    const headers = {
      ...{ "content-type": "application/json", "Node-RED-Deployment-Type": "full" },
    };
    await fetch(path, { method: "POST", headers, body });
    await watched.waitForFunction(() => {
      const { seen } = globalThis as unknown as { readonly seen: readonly boolean[] };
      return seen.lastIndexOf(true) > seen.indexOf(false) && seen.includes(false);
    });
    await watched.getByText("2 of 4 online").waitFor();
    await watched.getByText(/^editor holds everything until/).waitFor();
    await watched.close();
  });
});
