import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProgram, searchPath } from "../../../tools/system-parts.ts";
import { needs } from "../../support/system-parts.ts";
import { recordingOf } from "./demo-recording.ts";
import { DemoTerminal } from "./demo-terminal.ts";

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const NIXWAVE = fromHere("../../../src/cli/main.ts");
const [COLUMNS, ROWS] = [104, 26];
const [STEP_MS, STORY_MS] = [90_000, 240_000];
const SMALL_BYTES = 500_000;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/** Where pictures are kept when somebody wants new ones: `docs/pictures`. */
const PICTURES = process.env["NIXWAVE_PICTURES"];

/** The editor as a person sees it, light or dark, once the flow is in it. */
async function openEditor(browser: Browser, url: string, theme: "light" | "dark"): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
  });
  const page = await context.newPage();
  await page.addInitScript((chosen) => localStorage.setItem("view-dark-theme", chosen), theme);
  await page.goto(url);
  await page.locator("#red-ui-workspace-chart .red-ui-flow-node").first().waitFor();
  await page.evaluate(() => (globalThis as unknown as EditorWindow).RED.sidebar.show("nixwave"));
  const debug = page.locator('button[data-tab-id="debug"].selected'); // it takes half of the side
  if ((await debug.count()) > 0) await debug.click();
  await page.mouse.move(700, 840);
  return page;
}

/** What the editor's own code offers in the page. */
interface EditorWindow {
  readonly RED: { readonly sidebar: { show(id: string): void } };
}

const statusesOf = (page: Page): Promise<string[]> =>
  page.locator(".red-ui-flow-node-status-label").allTextContents();

describe.skipIf(needs("nix", "tmux", "chromium").skip)("nixwave demo in a terminal", () => {
  const end = new AsyncDisposableStack();
  let pictures = "";
  let temporary = "";
  let terminal: DemoTerminal;
  let editors: readonly Page[] = [];

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "nixwave-terminal-"));
    end.defer(() => rm(folder, { recursive: true, force: true }));
    temporary = join(folder, "tmp");
    pictures = PICTURES ?? join(folder, "pictures");
    await mkdir(temporary);
    await mkdir(pictures, { recursive: true });
    const demo = `${process.execPath} ${NIXWAVE} demo --limit 4m`;
    terminal = await DemoTerminal.open({
      ...{ name: `nixwave-${process.pid}`, columns: COLUMNS, rows: ROWS },
      command: `${demo}; echo status=$?; stty -a | grep -oE -- '-?(icanon|isig|echo)\\b'; sleep 600`,
      env: { TMPDIR: temporary, LANG: "C.UTF-8" },
    });
    end.defer(() => terminal.close());
    const executablePath = findProgram("chromium", searchPath(process.env["PATH"]));
    const browser = await chromium.launch({ executablePath: executablePath ?? "", args: FLAGS });
    end.defer(() => browser.close());
    await terminal.until(/Node-RED are up/, STEP_MS);
    const url = /editor at (http:\S+)/.exec(terminal.text)?.[1] ?? "";
    const themes = ["light", "dark"] as const;
    editors = await Promise.all(themes.map((theme) => openEditor(browser, url, theme)));
  });
  afterAll(() => end.disposeAsync());

  it("shows in the editor which host is on trial, while the terminal shows it too", async () => {
    await terminal.until(/rp4 .*on trial/, STEP_MS);
    const [light, dark] = editors as [Page, Page];
    await expect.poll(() => statusesOf(light), { timeout: 5000 }).not.toEqual([]);
    await light.screenshot({ path: join(pictures, "flow-light.png") });
    await dark.screenshot({ path: join(pictures, "flow-dark.png") });
  });

  it("tells its story as a picture, in which the bad release is undone", async () => {
    await terminal.until(/rp4 .*undone/, STORY_MS);
    await terminal.until(/waits, wall holds it/, STEP_MS);
    await terminal.until(/the story is told/, STORY_MS);
    const recording = recordingOf(terminal.shown, COLUMNS, ROWS);
    expect(Buffer.byteLength(recording)).toBeLessThan(SMALL_BYTES);
    await writeFile(join(pictures, "demo.svg"), recording);
  });

  it("ends a rollout well although k kills the hub in the middle of it", async () => {
    await terminal.press("g");
    await terminal.until(/rp4 +runs release 4 .*on trial/, STEP_MS);
    await terminal.press("k");
    await terminal.until(/killed with SIGKILL/, STEP_MS);
    await terminal.until(/nuc +runs release 4 .*kept/, STORY_MS);
    expect(terminal.text).toMatch(/rp4 +runs release 4 .*kept/);
  });

  it("holds with h, lets go with h, and undoes what b breaks", async () => {
    await terminal.press("h");
    await terminal.until(/held by wall/, STEP_MS);
    await terminal.press("h");
    await terminal.until(/wall switch is off/, STEP_MS);
    await terminal.press("b");
    await terminal.until(/rp4 +runs release 4 .*undone/, STORY_MS);
  });

  it("ends with q: a table with store paths, the terminal as it was, nothing left behind", async () => {
    await terminal.press("q");
    await terminal.until(/status=\d+\s[\s\S]*echo/, STEP_MS);
    const text = await terminal.history();
    expect(text).toMatch(/^5 +rp4 +undone: .* {2}\/nix\/store\/\w{32}-nixos-system-rp4-26\.05\.4/m);
    expect(text).toMatch(/^rp4 +1, 2, 3, 4$/m);
    expect(text).toContain("status=0");
    expect(text).toMatch(/^isig$/m);
    expect(text).not.toMatch(/^-(icanon|isig|echo)$/m);
    expect(await terminal.hasCursor()).toBe(true);
    expect(await readdir(temporary)).toEqual([]);
  });
});
