import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { findProgram, searchPath } from "../../../tools/system-parts.ts";

const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
/** Where pictures are kept when somebody wants new ones: `docs/pictures`. */
const PICTURES = process.env["NIXWAVE_PICTURES"];

export interface EditorNode {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly valid?: boolean;
  readonly changed?: boolean;
  readonly validationErrors?: readonly string[];
  readonly [field: string]: unknown;
}
/** What the editor's own code offers in the page (Node-RED 5, editor-client). */
export interface EditorWindow {
  readonly RED: {
    readonly nodes: {
      node(id: string): EditorNode | null;
      eachNode(visit: (node: EditorNode) => void): void;
      eachConfig(visit: (node: EditorNode) => void): void;
      dirty(): boolean;
    };
    readonly editor: {
      edit(node: EditorNode): void;
      editConfig(name: string, type: string, id: string): void;
    };
    readonly sidebar: { show(id: string): void };
    readonly actions: { invoke(action: string): void };
    readonly workspaces: { show(id: string): void };
  };
}

/** An empty Chromium that notes whatever a page asks for and complains about. */
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
    const isOurs = /nixwave/i.test(message.text()); // "the property "v" is internal" is a mere warning
    if (message.type() === "error" || (message.type() === "warning" && isOurs))
      complaints.push(`${message.text()} ${message.location().url}`);
  });
  context.on("page", (page) => page.on("websocket", (socket) => asked.push(socket.url())));
  return { context, asked, complaints };
}

/** The editor, once our types are in it. */
export async function openEditorPage(context: BrowserContext, url: string, theme: string) {
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await page.addInitScript((chosen) => localStorage.setItem("view-dark-theme", chosen), theme);
  await page.goto(url);
  await page.waitForFunction(() =>
    Boolean((globalThis as unknown as Partial<EditorWindow>).RED?.nodes.node("broker")),
  );
  await page.locator('[data-palette-type="nixwave-rollout"]').waitFor();
  return page;
}

/** As a person does it: menu, paste, import. */
export async function importFlow(page: Page, text: string): Promise<void> {
  await page.evaluate(() =>
    (globalThis as unknown as EditorWindow).RED.actions.invoke("core:show-import-dialog"),
  );
  const field = page.locator("#red-ui-clipboard-dialog-import-text");
  await field.fill(text);
  await field.press("End"); // it is read when a key is let go
  await page.locator("#red-ui-clipboard-dialog-ok").click();
  await page.locator("#red-ui-clipboard-dialog-ok").waitFor({ state: "hidden" });
  await page.mouse.click(700, 400); // an imported part hangs at the pointer until it is put down
}

/** Every node of ours as the editor holds it, config nodes too. */
export const ourNodes = (page: Page): Promise<readonly EditorNode[]> =>
  page.evaluate(() => {
    const { RED } = globalThis as unknown as EditorWindow;
    const found: EditorNode[] = [];
    const note = ({ id, type, name, valid, changed, validationErrors }: EditorNode): void => {
      if (!type.startsWith("nixwave-")) return;
      found.push({
        ...{ id, type, name: name ?? "", valid: valid === true, changed: changed === true },
        validationErrors: validationErrors ?? [],
      });
    };
    RED.nodes.eachNode(note);
    RED.nodes.eachConfig(note);
    return found;
  });

/** Opens a dialog and waits until it stands still. */
export async function openDialog(page: Page, { id, type }: EditorNode): Promise<void> {
  await page.evaluate((wanted) => {
    const { RED } = globalThis as unknown as EditorWindow;
    const node = RED.nodes.node(wanted);
    if (node?.type === "nixwave-fleet") RED.editor.editConfig("", node.type, wanted);
    else if (node) RED.editor.edit(node);
  }, id);
  await page.locator(okOf(type)).click({ trial: true });
}

export async function closeDialog(page: Page, { type }: EditorNode): Promise<void> {
  await page.locator(okOf(type)).click();
  await page.locator(okOf(type)).waitFor({ state: "detached" });
  await page.locator(".red-ui-tray").waitFor({ state: "detached" }); // the editor still puts away its outline
}

const okOf = (type: string): string =>
  type === "nixwave-fleet" ? "#node-config-dialog-ok" : "#node-dialog-ok";

/** Drags from one place to another by the mouse, in steps as a hand does. */
export async function drag(
  page: Page,
  from: { readonly x: number; readonly y: number },
  to: { readonly x: number; readonly y: number },
): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 3, from.y + 3, { steps: 3 });
  await page.mouse.move(to.x, to.y + 6, { steps: 12 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

export async function deploy(page: Page): Promise<void> {
  await page.locator("#red-ui-header-button-deploy").click();
  await page.waitForFunction(
    () => !(globalThis as unknown as EditorWindow).RED.nodes.dirty(),
    undefined,
    { timeout: 15_000 },
  );
}

/** Kept only when asked for; of the page, or of a dialog in it. */
export async function picture(page: Page, name: string, part?: string): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  const path = join(PICTURES, `${name}.png`);
  if (part === undefined) await page.screenshot({ path });
  else await page.locator(part).last().screenshot({ path });
}
