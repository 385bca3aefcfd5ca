import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import homelab from "../../../flows/homelab.json" with { type: "json" };
import { findProgram, searchPath } from "../../../tools/system-parts.ts";
import { needs } from "../../support/system-parts.ts";

const NIXWAVE = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const IN_PALETTE = [
  ...["nixwave-activate", "nixwave-approval", "nixwave-control", "nixwave-events", "nixwave-gate"],
  ...["nixwave-notify", "nixwave-release", "nixwave-result", "nixwave-rollout"],
];

/** What the editor's own code offers in the page (Node-RED 5, editor-client). */
interface EditorWindow {
  readonly RED: {
    readonly nodes: {
      node(id: string): { readonly valid?: boolean } | null;
      getType(type: string): { readonly category?: string } | null;
      dirty(): boolean;
    };
    readonly settings: { readonly version: string };
  };
}

/** The demo as a person starts it; `editor` resolves to its address once a first host has kept a release. */
function startDemo(temporary: string) {
  const env = { ...process.env, NO_COLOR: "1", TMPDIR: temporary };
  const child = spawn(process.execPath, [NIXWAVE, "demo", "--limit", "5m"], {
    ...{ env, stdio: ["ignore", "pipe", "inherit"] },
  });
  const ended = once(child, "exit");
  return {
    editor: editorIn(createInterface({ input: child.stdout })),
    async end() {
      child.kill("SIGINT");
      await ended;
    },
  };
}

function editorIn(lines: Interface): Promise<string> {
  return new Promise((resolve, reject) => {
    let url = "";
    lines.on("line", (line) => {
      url ||= /editor at (http:\S+)/.exec(line)?.[1] ?? "";
      if (line.includes("done: runs and boots")) resolve(url);
    });
    lines.once("close", () => reject(new Error("the demo ended before a host had kept a release")));
  });
}

/** An empty Chromium that notes whatever a page asks for and complains about. */
async function openBrowser(profile: string) {
  const executablePath = findProgram("chromium", searchPath(process.env["PATH"]));
  if (executablePath === undefined) throw new Error("chromium is not on the PATH");
  const context = await chromium.launchPersistentContext(profile, {
    ...{ executablePath, args: FLAGS, headless: true, locale: "en-US" },
    viewport: { width: 1440, height: 900 },
  });
  const asked: string[] = [];
  const complaints: string[] = [];
  context.on("request", (request) => asked.push(request.url()));
  context.on("weberror", (error) => complaints.push(error.error().message));
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  context.on("page", (page) => page.on("websocket", (socket) => asked.push(socket.url())));
  return { context, asked, complaints };
}

/** The editor, once every node of the flow is in it. */
async function openEditor(context: BrowserContext, url: string, theme: string): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript((chosen) => localStorage.setItem("view-dark-theme", chosen), theme);
  await page.goto(url);
  await page.waitForFunction(
    (id) => Boolean((globalThis as unknown as Partial<EditorWindow>).RED?.nodes.node(id)),
    "homelab-problems",
  );
  return page;
}

const hostOf = (url: string): string => new URL(url).hostname;
const isNetwork = (url: string): boolean => /^(?:https?|wss?):/.test(url);

describe.skipIf(needs("nix", "chromium").skip)("the demo's editor in a browser", () => {
  const end = new AsyncDisposableStack();
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let light: Page;
  let dark: Page;

  beforeAll(async () => {
    const temporary = await mkdtemp(join(tmpdir(), "nixwave-editor-"));
    end.defer(() => rm(temporary, { recursive: true, force: true }));
    const demo = startDemo(temporary);
    end.defer(() => demo.end());
    const url = await demo.editor;
    browser = await openBrowser(join(temporary, "profile"));
    end.defer(() => browser.context.close());
    light = await openEditor(browser.context, url, "light");
    dark = await openEditor(browser.context, url, "dark");
  });
  afterAll(() => end.disposeAsync());

  it("holds every node of the home's flow, each with fields that are in order", async () => {
    const ids = homelab
      .filter(({ type }) => type !== "tab" && type !== "group")
      .map(({ id }) => id);
    const found = await light.evaluate((wanted) => {
      const { RED } = globalThis as unknown as EditorWindow;
      return wanted.map((id) => ({ id, valid: RED.nodes.node(id)?.valid }));
    }, ids);
    expect(ids.length).toBeGreaterThan(0);
    expect(found).toEqual(ids.map((id) => ({ id, valid: true })));
  });

  it("knows our ten types: nine in the palette, the fleet among the configurations", async () => {
    const category = await light.evaluate(() => {
      const { RED } = globalThis as unknown as EditorWindow;
      return RED.nodes.getType("nixwave-fleet")?.category ?? null;
    });
    expect(category).toBe("config");
    const inPalette = light.locator('[data-palette-type^="nixwave-"]');
    const types = await inPalette.evaluateAll((all) =>
      all.map((one) => one.getAttribute("data-palette-type") ?? ""),
    );
    expect(new Set(types)).toEqual(new Set(IN_PALETTE));
  });

  it("shows under each of our nodes what it did", async () => {
    const texts = await light.locator(".red-ui-flow-node-status-label").allTextContents();
    expect(texts).toEqual(expect.arrayContaining(["4 hosts verified"]));
  });

  it("opens the dialog of the rollout with the lease in it", async () => {
    await light.evaluate(() => {
      const { RED } = globalThis as unknown as {
        RED: {
          editor: { edit(node: unknown): void };
          nodes: { node(id: string): unknown };
        };
      };
      RED.editor.edit(RED.nodes.node("homelab-rollout"));
    });
    const lease = light.locator("#node-input-lease");
    await lease.waitFor({ state: "attached" }); // folded away for beginners
    expect(await lease.inputValue()).toBe("2m");
    await light.locator("#node-dialog-cancel").click();
  });

  it("is light or dark as its user chose", async () => {
    const isDark = (page: Page): Promise<boolean> =>
      page.evaluate(() => document.documentElement.classList.contains("nr-theme-dark"));
    expect(await isDark(light)).toBe(false);
    expect(await isDark(dark)).toBe(true);
  });

  it("complains about nothing on the console", () => {
    expect(browser.complaints).toEqual([]);
  });

  it("asks nobody but this machine", () => {
    const hosts = new Set(browser.asked.filter(isNetwork).map(hostOf));
    expect(hosts).toEqual(new Set(["127.0.0.1"]));
    expect(browser.asked.some((url) => url.startsWith("ws://"))).toBe(true);
  });
});
