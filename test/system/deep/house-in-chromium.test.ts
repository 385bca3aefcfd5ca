import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bus, clientIdFor, openBus } from "../../../src/bus/index.ts";
import { formatPublicKey, type Order, parseHostName } from "../../../src/contract/index.ts";
import { startMosquitto } from "../../support/brokers.ts";
import { CI_KEY, FLEET } from "../../support/contract-builders.ts";
import { startQuietPrometheus } from "../../support/quiet-prometheus.ts";
import { needs } from "../../support/system-parts.ts";
import { goalsOf, nuc, rp4, sayRelease } from "../nodes-rig.ts";
import { playHost } from "../played-hosts.ts";
import { runNodeRed } from "../shared-broker-rig.ts";
import {
  closeDialog,
  deploy,
  drag,
  type EditorNode,
  type EditorWindow,
  importFlow,
  openBrowser,
  openDialog,
  openEditorPage,
  ourNodes,
  picture,
} from "./house-in-chromium-rig.ts";
import { cutOff, showHome, showTab } from "./house-pictures.ts";
import { framedIn } from "./sidebar-rig.ts";

const HOMELAB = new URL("../../../flows/homelab.json", import.meta.url);
const rp3 = parseHostName("rp3");
const soon = { timeout: 15_000, interval: 20 };
const hostOf = (url: string): string => new URL(url).hostname;

/** The flow as it ships, but for where broker and Prometheus are and for how long a real sensor would take. */
async function homelabOn(port: number, prometheus: string): Promise<string> {
  const text = await readFile(HOMELAB, "utf8");
  return text
    .replace('"port": "1883"', `"port": "${port}"`)
    .replace('"soak": "15m"', '"soak": "1s", "initialDelay": "0s", "consecutiveSuccess": "1"')
    .replace('"http://127.0.0.1:9090"', JSON.stringify(prometheus))
    .replaceAll(/"interval": "(5m|30s)"/g, '"interval": "1s"');
}

/** Sensors of the house, as Tasmota says them, faster than real ones. */
function playSensors(bus: Bus): NodeJS.Timeout {
  return setInterval(() => {
    for (const room of ["bedroom", "kitchen"]) {
      const said = { Time: "2026-11-27T10:00:00", AM2301: { Temperature: 21.5 }, TempUnit: "C" };
      bus.say(`tele/${room}/SENSOR`, Buffer.from(JSON.stringify(said)));
    }
    bus.say("tele/heating/STATE", Buffer.from('{"Time":"2026-11-27T10:00:00","POWER":"ON"}'));
  }, 250);
}

describe.skipIf(needs("mosquitto", "chromium").skip)("a house wired in a browser", () => {
  const end = new AsyncDisposableStack();
  const orders: Order[] = [];
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  let house: { readonly brokerUrl: string };
  let url: string;
  let prometheus: Awaited<ReturnType<typeof startQuietPrometheus>>;
  let port: number;

  beforeAll(async () => {
    const broker = await startMosquitto();
    end.defer(() => broker.stop());
    [house, port] = [{ brokerUrl: broker.url }, broker.port];
    prometheus = await startQuietPrometheus();
    end.defer(() => prometheus.close());
    const red = await runNodeRed(broker.port);
    end.defer(red.close);
    url = red.url;
    for (const host of [rp4, rp3, nuc]) {
      const bus = await playHost(house, host, orders);
      end.defer(() => bus.close());
    }
    const sensors = await openBus({ broker: broker.url, clientId: clientIdFor("house", "test") });
    end.defer(() => sensors.close());
    const timer = playSensors(sensors);
    end.defer(() => clearInterval(timer));
    const profile = await mkdtemp(join(tmpdir(), "nixwave-house-"));
    end.defer(() => rm(profile, { recursive: true, force: true }));
    browser = await openBrowser(profile);
    end.defer(() => browser.context.close());
    page = await openEditorPage(browser.context, red.url, "light");
  });
  afterAll(() => end.disposeAsync());

  const one = async (type: string, name?: string): Promise<EditorNode> => {
    const found = (await ourNodes(page)).find(
      (node) => node.type === type && (name === undefined || node.name === name),
    );
    if (!found) throw new Error(`no ${type} ${name ?? ""} in the editor`);
    return found;
  };
  const openedHosts = (): Promise<string[]> =>
    page
      .locator("#nixwave-groups .nixwave-hosts")
      .evaluateAll((lists) =>
        lists.map((list) =>
          [...(list as unknown as { children: HTMLCollection }).children]
            .map((chip) => chip.getAttribute("data-host"))
            .join(" "),
        ),
      );

  it("imports the flow of a home of four, in which only keys are missing", async () => {
    await importFlow(page, await homelabOn(port, prometheus.url));
    await expect.poll(async () => (await ourNodes(page)).length, soon).toBe(12);
    const { validationErrors } = await one("nixwave-fleet");
    expect(JSON.stringify(validationErrors)).toMatch(/^\["[^"]*key[^"]*"\]$/i);
  });

  it("is told the fleet's name and the key of CI", async () => {
    const fleet = await one("nixwave-fleet");
    await openDialog(page, fleet);
    await page.locator("#node-config-input-fleet").fill(FLEET);
    await page.locator("#node-config-input-releaseKeys").fill(formatPublicKey(CI_KEY.publicKey));
    await closeDialog(page, fleet);
    await expect
      .poll(async () => (await ourNodes(page)).filter(({ valid }) => !valid), soon)
      .toEqual([]);
  });

  it("lets hosts change places by dragging a group, and drags one into another group", async () => {
    const rollout = await one("nixwave-rollout");
    await openDialog(page, rollout);
    await expect.poll(openedHosts, soon).toEqual(["rp4", "rp3", "x1", "nuc"]);
    const handles = page.locator("#nixwave-groups > li .red-ui-editableList-item-handle");
    const middle = async (nth: number) => {
      const box = await handles.nth(nth).boundingBox();
      if (!box) throw new Error("no handle to drag");
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    await handles.nth(1).hover(); // until the dialog stands still
    const [first, second] = [await middle(0), await middle(1)];
    await drag(page, second, { x: first.x, y: first.y - 10 });
    await expect.poll(openedHosts, soon).toEqual(["rp3", "rp4", "x1", "nuc"]);

    await page.locator('#nixwave-groups [data-host="x1"]').scrollIntoViewIfNeeded();
    const chip = await page.locator('#nixwave-groups [data-host="x1"]').boundingBox();
    const target = await page.locator("#nixwave-groups .nixwave-hosts").nth(1).boundingBox();
    if (!(chip && target)) throw new Error("nothing to drag");
    const inTarget = { x: target.x + target.width / 2, y: target.y + target.height / 2 };
    await drag(page, { x: chip.x + 10, y: chip.y + chip.height / 2 }, inTarget);
    await expect.poll(openedHosts, soon).toEqual(["rp3", "rp4 x1", "", "nuc"]);
    await drag(page, inTarget, inTarget);
    await page.locator("#nixwave-groups .red-ui-editableList-item-remove").nth(2).click();
    await expect.poll(openedHosts, soon).toEqual(["rp3", "rp4 x1", "nuc"]);
    await closeDialog(page, rollout);
    expect(await one("nixwave-rollout")).toMatchObject({ valid: true, validationErrors: [] });
  });

  it("gets another sensor in its gate, and the hub says that the gate can pass", async () => {
    const gate = await one("nixwave-gate", "sensors live");
    await openDialog(page, gate);
    await page.locator(".nixwave-rows-row .red-ui-editableList-addButton").click();
    const row = page.locator("#nixwave-rows > li").last();
    await row.locator(".nixwave-name").fill("kitchen");
    await row.locator(".nixwave-format").selectOption("tasmota");
    await row.locator(".nixwave-topic").fill("tele/kitchen/SENSOR");
    await row.locator(".nixwave-path").fill("AM2301.Temperature");
    await row.locator(".nixwave-is").selectOption("live");
    await row.locator(".nixwave-interval").fill("1s");
    await row.locator(".nixwave-interval").press("Tab");
    await page.getByText("This gate can pass.").waitFor();
    await closeDialog(page, gate);
    expect(await one("nixwave-gate", "sensors live")).toMatchObject({ valid: true });
  });

  it("is deployed", async () => {
    await showTab(page);
    await deploy(page);
    await page
      .locator(".red-ui-flow-node-status-label", { hasText: "listening" })
      .first()
      .waitFor();
    const shown = await page.locator(".red-ui-flow-node-status-label").allTextContents();
    expect(shown).toEqual(expect.arrayContaining(["no topic yet", "waiting for release"]));
  });

  it("marks no node as changed when its dialog was only looked at", async () => {
    for (const node of await ourNodes(page)) {
      await openDialog(page, node);
      await closeDialog(page, node);
    }
    const changed = (await ourNodes(page)).filter((node) => node.changed);
    expect(changed.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
    const isDirty = () => (globalThis as unknown as EditorWindow).RED.nodes.dirty();
    expect(await page.evaluate(isDirty)).toBe(false);
  });

  it("deploys a release in the new order, each host after its sensors, and waits with nuc for a person", async () => {
    await page.evaluate(() => (globalThis as unknown as EditorWindow).RED.sidebar.show("nixwave"));
    const frame = framedIn(page);
    await frame.getByText("3 of 4 online").waitFor();
    await sayRelease(house, "new", CI_KEY, [rp4, rp3, nuc]);
    await page.getByText("3 hosts verified").waitFor();
    await frame.getByRole("button", { name: "Deploy", exact: true }).click();
    const dialog = frame.getByRole("dialog");
    await dialog.getByRole("checkbox").check();
    await dialog.getByRole("button", { name: "Deploy", exact: true }).click();
    const row = (host: string, text: string) =>
      frame.locator(`[data-host="${host}"]`, { hasText: text });
    await row("rp3", "updated").waitFor({ timeout: 20_000 });
    await row("rp4", "updated").waitFor({ timeout: 40_000 });
    const trials = orders.filter(({ goal }) => goal === "trial").map(({ host }) => host);
    expect([...new Set(trials)]).toEqual([rp3, rp4]);
    expect(goalsOf(orders.filter(({ host }) => host === nuc))).not.toContain("trial");
  });

  it("is read in pictures: the whole flow, every dialog and the sidebar, in light and dark", async () => {
    for (const theme of ["light", "dark"]) {
      const look = theme === "light" ? page : await openEditorPage(browser.context, url, theme);
      await showHome(look);
      await picture(look, `homelab-${theme}`);
      const seen = new Set<string>();
      for (const node of await ourNodes(look)) {
        if (seen.has(node.type)) continue;
        seen.add(node.type);
        await openDialog(look, node);
        await look.locator(".form-row").first().waitFor();
        const { cut, wide } = await cutOff(look);
        expect({ type: node.type, cut, wide }).toEqual({ type: node.type, cut: [], wide: false });
        await picture(look, `${node.type.replace("nixwave-", "dialog-")}-${theme}`, ".red-ui-tray");
        await closeDialog(look, node);
      }
      if (theme === "dark") await look.close();
    }
  });

  it("made the browser complain about nothing, and asked nobody but this machine", () => {
    expect(browser.complaints).toEqual([]);
    const hosts = new Set(browser.asked.filter((one) => /^(?:http|ws)/.test(one)).map(hostOf));
    expect(hosts).toEqual(new Set(["127.0.0.1"]));
  });
});
