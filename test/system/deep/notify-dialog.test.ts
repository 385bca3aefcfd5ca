import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hub } from "../../../src/hub/index.ts";
import { NtfyDouble } from "../../support/ntfy-double.ts";
import { needs } from "../../support/system-parts.ts";
import { makeHubFolder, node } from "../nodes-rig.ts";
import { CLOSED, soon } from "../phone-rig.ts";
import {
  closeDialog,
  deploy,
  type EditorNode,
  type EditorWindow,
  openBrowser,
  openDialog,
  openEditorPage,
  picture,
} from "./house-in-chromium-rig.ts";
import { cutOff } from "./house-pictures.ts";

describe.skipIf(needs("chromium").skip)("the ntfy node's dialog in a browser", () => {
  const end = new AsyncDisposableStack();
  const phones = new NtfyDouble(CLOSED);
  let hub: Hub;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;

  beforeAll(async () => {
    await phones.start();
    end.use(phones);
    const folder = await makeHubFolder();
    end.use(folder);
    const profile = await mkdtemp(join(tmpdir(), "nixwave-notify-"));
    end.defer(() => rm(profile, { recursive: true, force: true }));
    const to = { server: phones.url, topic: "home", shape: 1, language: "en" };
    hub = await folder.open([
      node("phone", "nixwave-notify", to, [[]]),
      node("mute", "nixwave-notify", { server: phones.url, topic: "" }, [[]]),
    ]);
    end.defer(() => hub.close());
    browser = await openBrowser(profile);
    end.defer(() => browser.context.close());
    page = await openEditorPage(browser.context, hub.editorUrl, "light");
  });
  afterAll(() => end.disposeAsync());

  const nodeOf = (id: string): EditorNode => ({ id, type: "nixwave-notify" });
  const said = () => page.locator("#nixwave-notify-said");

  it("shows five fields first, and fits in both themes", async () => {
    for (const theme of ["light", "dark"] as const) {
      const own =
        theme === "light" ? page : await openEditorPage(browser.context, hub.editorUrl, theme);
      await openDialog(own, nodeOf("phone"));
      const labels = await own.locator("#dialog-form .form-row > label:visible").allInnerTexts();
      expect(labels.map((one) => one.trim()).filter(Boolean)).toEqual([
        ...["Name", "Fleet", "Server", "Topic", "Token"],
      ]);
      await picture(own, `notify-dialog-${theme}`);
      for (const one of await own.locator("#dialog-form summary").all()) await one.click();
      expect(await cutOff(own)).toEqual({ cut: [], wide: false });
      await picture(own, `notify-dialog-open-${theme}`);
      await closeDialog(own, nodeOf("phone"));
      if (own !== page) await own.close();
    }
  });

  it("looking changes nothing, and asks nobody elsewhere", async () => {
    const dirty = await page.evaluate(() =>
      (globalThis as unknown as EditorWindow).RED.nodes.dirty(),
    );
    expect(dirty).toBe(false);
    const hosts = new Set(browser.asked.map((url) => new URL(url).hostname));
    hosts.delete(""); // data:
    expect([...hosts].every((one) => one === "127.0.0.1" || one === "localhost")).toBe(true);
  });

  it("fills in the fleet page as this browser reaches it, and a topic that nobody guesses", async () => {
    await openDialog(page, nodeOf("phone"));
    await page.locator("#dialog-form summary").last().click();
    await page.locator("#nixwave-notify-page").click();
    expect(await page.locator("#node-input-click").inputValue()).toBe(`${hub.editorUrl}/nixwave/`);
    await page.locator("#nixwave-notify-random").click();
    expect(await page.locator("#node-input-awayTopic").inputValue()).toMatch(/^[-_A-Za-z0-9]{24}$/);
    await closeDialog(page, nodeOf("phone"));
  });

  it("takes the tokens, which the editor never shows again", async () => {
    await openDialog(page, nodeOf("phone"));
    await page.locator("#node-input-token").fill("tk_hub");
    await page.locator("#dialog-form summary").first().click();
    await page.locator("#node-input-buttonToken").fill("tk_button");
    await closeDialog(page, nodeOf("phone"));
    await deploy(page);
  });

  it("sends a test and says when it was tapped", async () => {
    await openDialog(page, nodeOf("phone"));
    await page.locator("#nixwave-notify-test").click();
    await expect.poll(() => said().textContent(), soon).toContain("Tap the button on the phone");
    await phones.tap(phones.sent("home").at(-1), "I see it");
    await expect.poll(() => said().textContent(), soon).toContain("The tap arrived");
    await picture(page, "notify-dialog-tapped");
    await closeDialog(page, nodeOf("phone"));
  });

  it("says what to do where nothing can be sent", async () => {
    await openDialog(page, nodeOf("mute"));
    await page.locator("#nixwave-notify-test").click();
    await expect.poll(() => said().textContent(), soon).toContain("Deploy this node");
  });
});
