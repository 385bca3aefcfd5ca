import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type BrowserContext, chromium, type FrameLocator, type Page } from "playwright-core";
import type { Order, Reported, Statement } from "../../../src/contract/index.ts";
import { findProgram, searchPath } from "../../../tools/system-parts.ts";
import { pathFor } from "../../support/contract-builders.ts";
import { node, nuc, rp4 } from "../nodes-rig.ts";
import { doWell } from "../played-hosts.ts";

const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
/** Where pictures are kept when somebody wants new ones. */
const PICTURES = process.env["NIXWAVE_PICTURES"];
export const HOSTS = ["rp3", "rp4", "nuc", "x1"].map((host) => ({
  ...{ host, carries: [], optional: host === "x1" },
}));

export const FLOW = [
  node("release", "nixwave-release", { x: 120, y: 100 }, [["rollout"], []]),
  node("rollout", "nixwave-rollout", { x: 330, y: 100, soak: "30m", onFailure: "ask" }, [
    [],
    [],
    [],
  ]),
];
type Answer = (order: Order, statement: Statement) => Partial<Reported> | null;

export const isOf = (closure: string, { storePath }: Statement): boolean =>
  [rp4, nuc].some((host) => storePath === pathFor(`${closure} ${host}`));

export const FAILED = {
  code: "failed",
  reason: "probe-failed",
  message: "heating.service has failed",
} as const;
export const breaksOnSecond: Answer = (order, statement) =>
  order.goal === "trial" && isOf("second", statement)
    ? { current: pathFor("first rp4"), profile: pathFor("first rp4"), outcome: FAILED }
    : doWell(order, statement);

/** It needs a reboot from its first report on. */
export function rebootingHost(): Answer {
  let runs = pathFor("old nuc");
  return (order, statement) => {
    const said = doWell(order, statement);
    runs = (order.goal === "stage" ? null : said?.current) ?? runs;
    return said && { ...said, current: runs, rebootRequired: true };
  };
}

/** What the editor's own code offers in the page. */
export interface EditorWindow {
  readonly RED: {
    readonly nodes: { node(id: string): unknown };
    readonly sidebar: { show(id: string): void };
  };
}

/** The fleet page that the sidebar shows. */
export const framedIn = (page: Page): FrameLocator =>
  page.frameLocator('iframe[title="The fleet page"]');

export async function openBrowser(profile: string) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: String(findProgram("chromium", searchPath(process.env["PATH"]))),
    ...{ args: FLAGS, headless: true, locale: "en-US" },
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

export async function openSidebar(
  context: BrowserContext,
  url: string,
  theme: string,
): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript((chosen) => localStorage.setItem("view-dark-theme", chosen), theme);
  await showSidebar(page, url);
  return page;
}

export async function showSidebar(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() =>
    Boolean((globalThis as unknown as Partial<EditorWindow>).RED?.nodes.node("fleet")),
  );
  await page.evaluate(() => (globalThis as unknown as EditorWindow).RED.sidebar.show("nixwave"));
}

export const hostOf = (url: string): string => new URL(url).hostname;
export const focusedText = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.textContent ?? "");

export async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  const debug = page.locator('button[data-tab-id="debug"].selected'); // it takes half of the side
  if ((await debug.count()) > 0) await debug.click();
  await page.mouse.move(700, 600);
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `sidebar-${name}.png`) });
}
