import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatPublicKey } from "../../src/contract/index.ts";
import { findProgram, searchPath } from "../../tools/system-parts.ts";
import { startMosquitto } from "../support/brokers.ts";
import { CI_KEY } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import { runNodeRed } from "./shared-broker-rig.ts";

const FLEET = {
  ...{ id: "fleet", type: "nixwave-fleet", shape: 3, name: "home", mqttBroker: "broker" },
  ...{
    fleet: "home",
    channel: "main",
    threshold: "1",
    language: "en",
    zone: "",
    base: "nixwave/v1",
  },
  hosts: [
    { host: "rp4", carries: [], optional: false },
    { host: "nuc", carries: ["broker", "hub"], optional: false },
    { host: "x1", carries: [], optional: true },
  ],
  ...{ releaseKeys: formatPublicKey(CI_KEY.publicKey), stateFolder: "" },
};
const OLD = {
  ...{
    id: "fleet-of-old",
    type: "nixwave-fleet",
    name: "old",
    broker: "mqtt://nuc:1883",
    user: "hub",
  },
  ...{ fleet: "home", channel: "main", hosts: "rp4\nnuc", threshold: "1", base: "old/v1" },
  ...{ releaseKeys: FLEET.releaseKeys, hubKeyFile: "/var/lib/hub.secret", passwordFile: "" },
};

interface EditorNode {
  readonly valid: boolean;
  readonly validationErrors: readonly string[];
  readonly [field: string]: unknown;
}
/** What the editor's own code offers in the page. */
interface EditorWindow {
  readonly RED: {
    readonly nodes: { node(id: string): EditorNode | null };
    readonly editor: { editConfig(name: string, type: string, id: string): void };
  };
}
const inPage = (id: string) => (globalThis as unknown as EditorWindow).RED.nodes.node(id);

describe.skipIf(needs("mosquitto", "chromium").skip)("the fleet's dialog in a browser", () => {
  const end = new AsyncDisposableStack();
  const complaints: string[] = [];
  let page: Page;
  let url: string;

  beforeAll(async () => {
    const broker = await startMosquitto();
    end.defer(() => broker.stop());
    const red = await runNodeRed(broker.port, {}, [FLEET, OLD]);
    end.defer(red.close);
    url = red.url;
    const profile = await mkdtemp(join(tmpdir(), "nixwave-dialog-"));
    end.defer(() => rm(profile, { recursive: true, force: true }));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: String(findProgram("chromium", searchPath(process.env["PATH"]))),
      ...{ args: ["--no-sandbox", "--disable-gpu"], headless: true, locale: "en-US" },
      viewport: { width: 1440, height: 900 },
    });
    end.defer(() => context.close());
    page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", ({ message }) => complaints.push(message));
    await page.goto(url);
    await page.waitForFunction(
      () => (globalThis as unknown as Partial<EditorWindow>).RED?.nodes.node("fleet") != null,
    );
  });
  afterAll(() => end.disposeAsync());

  const edit = async (id: string): Promise<void> => {
    await page.evaluate(
      (wanted) =>
        (globalThis as unknown as EditorWindow).RED.editor.editConfig("", "nixwave-fleet", wanted),
      id,
    );
    await page.locator("#nixwave-hosts .nixwave-host").first().waitFor();
  };
  const save = async (): Promise<void> => {
    await page.locator("#node-config-dialog-ok").click();
    await page.locator("#nixwave-hosts").waitFor({ state: "detached" });
  };
  const hostsShown = () =>
    page
      .locator("#nixwave-hosts .nixwave-host")
      .evaluateAll((inputs) =>
        inputs.map((input) => (input as unknown as { readonly value: string }).value),
      );

  it("shows hosts, broker and the public key to copy, and keeps the rest folded away", async () => {
    await edit("fleet");
    expect(await hostsShown()).toEqual(["rp4", "nuc", "x1"]);
    await expect
      .poll(() => page.locator("#nixwave-public-key").inputValue())
      .toMatch(/^hub-1:[\w+/]{43}=$/);
    expect(await page.locator("#node-config-input-stateFolder").isVisible()).toBe(false);
    expect(await page.locator("select#node-config-input-mqttBroker").count()).toBe(1);
    await page.locator(".red-ui-tray-body details:not(.nixwave-home-assistant) summary").click();
    expect(await page.locator("#node-config-input-stateFolder").isVisible()).toBe(true);
    await save();
    expect(await page.evaluate(inPage, "fleet")).toMatchObject({ valid: true, hosts: FLEET.hosts });
  });

  it("keeps Home Assistant folded and off, and takes tick, prefix and operator", async () => {
    await edit("fleet");
    const tick = page.locator("#node-config-input-homeAssistant");
    expect(await tick.isVisible()).toBe(false);
    await page.locator(".nixwave-home-assistant summary").click();
    expect(await tick.isChecked()).toBe(false);
    await tick.check();
    await page.locator("#node-config-input-haOperator").fill("hold");
    await save();
    const refused = await page.evaluate(inPage, "fleet");
    expect(refused?.validationErrors.join()).toContain("the MQTT user of Home Assistant");
    await edit("fleet");
    expect(await tick.isVisible()).toBe(true);
    await page.locator("#node-config-input-haOperator").fill("assistant");
    await save();
    expect(await page.evaluate(inPage, "fleet")).toMatchObject({
      ...{ valid: true, homeAssistant: true, haPrefix: "", haOperator: "assistant" },
    });
  });

  it("takes another order of hosts by dragging", async () => {
    await edit("fleet");
    const handles = page.locator("#nixwave-hosts .red-ui-editableList-item-handle");
    await handles.nth(2).hover(); // also waits until the dialog has come to rest
    await page.mouse.down();
    const top = await handles.nth(0).boundingBox();
    if (!top) throw new Error("no handle to drag to");
    await page.mouse.move(top.x + 5, top.y + 25, { steps: 8 });
    await page.mouse.move(top.x + 5, top.y - 4, { steps: 8 });
    await page.mouse.up();
    await expect.poll(hostsShown).toEqual(["x1", "rp4", "nuc"]);
    await save();
    const node = await page.evaluate(inPage, "fleet");
    expect(node?.["hosts"]).toEqual([FLEET.hosts[2], FLEET.hosts[0], FLEET.hosts[1]]);
  });

  it("says what is wrong with a host and a key, in words", async () => {
    await edit("fleet");
    await page.locator("#nixwave-hosts .nixwave-host").first().fill("Rp4.lan");
    await page.locator("#node-config-input-releaseKeys").fill("garbage");
    await save();
    const node = await page.evaluate(inPage, "fleet");
    expect(node?.valid).toBe(false);
    const said = JSON.stringify(node?.validationErrors);
    expect(said).toContain("networking.hostName");
    expect(said).toContain("name:base64");
    expect(said).not.toContain("nixwave-fleet.error");
  });

  it("brings a fleet of an older version over: rows for the text, and which broker to choose", async () => {
    await edit("fleet-of-old");
    expect(await hostsShown()).toEqual(["rp4", "nuc"]);
    expect(await page.locator(".nixwave-old-broker").textContent()).toContain("mqtt://nuc:1883");
    await page.locator("#node-config-input-mqttBroker").selectOption("broker");
    await save();
    expect(await page.evaluate(inPage, "fleet-of-old")).toMatchObject({
      ...{
        shape: 3,
        mqttBroker: "broker",
        broker: "",
        hubKeyFile: "/var/lib/hub.secret",
        valid: true,
      },
      hosts: [
        { host: "rp4", carries: [], optional: false },
        { host: "nuc", carries: [], optional: false },
      ],
    });
  });

  it("made the browser complain about nothing", () => {
    expect(complaints.filter((one) => !one.includes("404"))).toEqual([]);
  });
});
