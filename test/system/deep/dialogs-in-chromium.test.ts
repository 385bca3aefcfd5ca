import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bus, clientIdFor, openBus } from "../../../src/bus/index.ts";
import { formatPublicKey } from "../../../src/contract/index.ts";
import { startMosquitto } from "../../support/brokers.ts";
import { CI_KEY, FLEET } from "../../support/contract-builders.ts";
import { needs } from "../../support/system-parts.ts";
import { node, releaseAndRollout } from "../nodes-rig.ts";
import { runNodeRed } from "../shared-broker-rig.ts";
import {
  closeDialog,
  type EditorNode,
  type EditorWindow,
  openBrowser,
  openDialog,
  ourNodes,
  picture,
} from "./house-in-chromium-rig.ts";
import { showTab } from "./house-pictures.ts";

const PASSWORD = "only for this test";
/** An owner of the house, and somebody who may look. */
const LOGIN = {
  knows: (user: string) => ["admin", "guest"].includes(user),
  mayWrite: (user: string) => user === "admin",
  accepts: (_user: string, password: string) => Promise.resolve(password === PASSWORD),
};
const FLEET_NODE = {
  ...{ id: "fleet", type: "nixwave-fleet", shape: 3, name: "home", mqttBroker: "broker", base: "" },
  ...{ fleet: FLEET, channel: "main", threshold: "1", language: "en", zone: "UTC" },
  hosts: ["rp4", "nuc"].map((host) => ({ host, carries: [], optional: false })),
  ...{ releaseKeys: formatPublicKey(CI_KEY.publicKey), stateFolder: "" },
};
const STEP = [
  ...releaseAndRollout(["ask"]),
  node("ask", "nixwave-approval", { y: 200, waitsFor: "12h", onExpiry: "expired" }, [
    ["try"],
    ["undo"],
    ["undo"],
  ]),
  node("try", "nixwave-activate", { x: 300, y: 200 }, [["gate"], ["undo"]]),
  node("gate", "nixwave-gate", { x: 500, y: 200, place: "after", soak: "10m", rows: [] }, [
    ["keep"],
    ["undo"],
    ["undo"],
  ]),
  node("keep", "nixwave-result", { x: 700, y: 180, verdict: "keep" }),
  node("undo", "nixwave-result", { x: 700, y: 260, verdict: "undo" }),
];

/** On a tab with a name: the editor's outline has no place for a nameless one, and a dialog looks for its node there. */
const FLOW = [
  FLEET_NODE,
  { id: "home", type: "tab", label: "Home" },
  ...STEP.map((one) => ({ ...one, z: "home" })),
];

/** The editor, entered by its own form. */
async function enter(page: Page, url: string, user: string): Promise<void> {
  page.setDefaultTimeout(15_000);
  await page.goto(url);
  await page.locator("#node-dialog-login-username").fill(user);
  await page.locator("#node-dialog-login-password").fill(PASSWORD);
  await page.locator("#node-dialog-login-submit").click();
  await page.waitForFunction(() =>
    Boolean((globalThis as unknown as Partial<EditorWindow>).RED?.nodes.node("fleet")),
  );
  await page.locator('[data-palette-type="nixwave-rollout"]').waitFor();
}

/** As the editor itself asks: with the token of who is logged in. */
const askAs = (page: Page, verb: string): Promise<number> =>
  page.evaluate(async (wanted) => {
    const { RED } = globalThis as unknown as {
      RED: { settings: { get(key: string): { access_token: string } } };
    };
    const { access_token } = RED.settings.get("auth-tokens");
    const headers = {
      ...{ "content-type": "application/json", "x-nixwave": "1" },
      authorization: `Bearer ${access_token}`,
    };
    const body = JSON.stringify({ verb: wanted });
    return (await fetch("nixwave/fleet/fleet/ask", { method: "POST", headers, body })).status;
  }, verb);

describe.skipIf(needs("mosquitto", "chromium").skip)("dialogs and rights in a browser", () => {
  const end = new AsyncDisposableStack();
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  let url: string;
  let profile: string;
  let sensors: Bus;

  beforeAll(async () => {
    const broker = await startMosquitto();
    end.defer(() => broker.stop());
    const red = await runNodeRed(broker.port, {}, FLOW, LOGIN);
    end.defer(red.close);
    ({ url } = red);
    sensors = await openBus({ broker: broker.url, clientId: clientIdFor("house", "test") });
    end.defer(() => sensors.close());
    profile = await mkdtemp(join(tmpdir(), "nixwave-dialogs-"));
    end.defer(() => rm(profile, { recursive: true, force: true }));
    browser = await openBrowser(join(profile, "admin"));
    end.defer(() => browser.context.close());
    page = await browser.context.newPage();
    await enter(page, url, "admin");
    await showTab(page);
  });
  afterAll(() => end.disposeAsync());

  const one = async (id: string): Promise<EditorNode> => {
    const found = (await ourNodes(page)).find((each) => each.id === id);
    if (!found) throw new Error(`no ${id} in the editor`);
    return found;
  };
  const fieldsOf = (id: string): Promise<EditorNode | null> =>
    page.evaluate((wanted) => {
      const { RED } = globalThis as unknown as EditorWindow;
      const { text, waitsFor, onExpiry, rows } = RED.nodes.node(wanted) as EditorNode;
      return { id: wanted, type: "", text, waitsFor, onExpiry, rows };
    }, id);

  it("ask: says what it asks, how long it waits and what nobody's answer means, and keeps what was filled in", async () => {
    await openDialog(page, await one("ask"));
    const form = page.locator("#dialog-form");
    expect(await page.locator("#node-input-waitsFor").inputValue()).toBe("12h");
    expect(await form.locator("#node-input-onExpiry option").allTextContents()).toHaveLength(2);
    await page.locator("#node-input-text").fill("Is nobody watching a film?");
    await page.locator("#node-input-waitsFor").fill("2h");
    await page.locator("#node-input-onExpiry").selectOption("refused");
    await picture(page, "dialog-approval-filled", ".red-ui-tray");
    await closeDialog(page, await one("ask"));
    expect(await fieldsOf("ask")).toMatchObject({
      ...{ text: "Is nobody watching a film?", waitsFor: "2h", onExpiry: "refused" },
    });
    expect(await one("ask")).toMatchObject({ valid: true });
  });

  it("ask: goes red over a time that is none, and says which field", async () => {
    await openDialog(page, await one("ask"));
    await page.locator("#node-input-waitsFor").fill("soon");
    await closeDialog(page, await one("ask"));
    const { valid, validationErrors } = await one("ask");
    expect(valid).toBe(false);
    expect(JSON.stringify(validationErrors)).toMatch(/wait/i);
    await openDialog(page, await one("ask"));
    await page.locator("#node-input-waitsFor").fill("2h");
    await closeDialog(page, await one("ask"));
    expect(await one("ask")).toMatchObject({ valid: true });
  });

  it("gate: completes a topic by what is heard on the broker right now", async () => {
    const timer = setInterval(() => {
      const said = { Time: "2026-11-27T10:00:00", AM2301: { Temperature: 21.5 }, TempUnit: "C" };
      sensors.say("tele/attic/SENSOR", Buffer.from(JSON.stringify(said)));
    }, 200);
    await using _quiet = { [Symbol.asyncDispose]: async () => clearInterval(timer) };
    await openDialog(page, await one("gate"));
    await page.locator(".nixwave-rows-row .red-ui-editableList-addButton").click();
    const topic = page.locator("#nixwave-rows > li").last().locator(".nixwave-topic");
    const offered = page.locator(".red-ui-autoComplete-container li", {
      hasText: "tele/attic/SENSOR",
    });
    const typed = async (): Promise<number> => {
      await topic.fill("");
      await topic.pressSequentially("attic", { delay: 20 });
      return await offered.count();
    };
    await expect.poll(typed, { timeout: 40_000, interval: 1000 }).toBeGreaterThan(0);
    await picture(page, "gate-completion");
    await offered.first().click();
    expect(await topic.inputValue()).toBe("tele/attic/SENSOR");
    await topic.press("Tab");
    await page.getByText("Row 1: a limit is missing").waitFor();
    await closeDialog(page, await one("gate"));
    expect((await fieldsOf("gate"))?.["rows"]).toMatchObject([{ topic: "tele/attic/SENSOR" }]);
  });

  it("sidebar: who may only look sees the fleet, has no button, and the hub refuses the request too", async () => {
    const visitor = await openBrowser(join(profile, "guest"));
    end.defer(() => visitor.context.close());
    const guest = await visitor.context.newPage();
    await enter(guest, url, "guest");
    await guest.evaluate(() => (globalThis as unknown as EditorWindow).RED.sidebar.show("nixwave"));
    const sidebar = guest.frameLocator('iframe[src*="nixwave/page"]');
    await sidebar.getByText("0 of 2 online").waitFor();
    await picture(guest, "sidebar-guest");
    const pressable = sidebar.locator("button:not(:disabled)", {
      hasText: /^(Hold|Resume|Deploy|Now|Stop)/,
    });
    expect(await pressable.count()).toBe(0);
    expect(await askAs(guest, "hold")).toBe(401);
    expect(await askAs(page, "hold")).toBe(200); // the same request, by an owner
    await sidebar.getByText(/holds everything/).waitFor();
    expect(visitor.complaints.filter((text) => !/401/.test(text))).toEqual([]);
  });

  it("made the browser complain about nothing", () => {
    expect(browser.complaints.filter((text) => !/401|403/.test(text))).toEqual([]);
  });
});
