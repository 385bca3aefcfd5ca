import type { Page } from "playwright-core";
import type { EditorWindow } from "./house-in-chromium-rig.ts";
import { framedIn } from "./sidebar-rig.ts";

export const showTab = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const { RED } = globalThis as unknown as EditorWindow;
    let tab = "";
    RED.nodes.eachNode((node) => {
      if (node.type === "nixwave-rollout") tab = String(node["z"]);
    });
    RED.workspaces.show(tab);
  });

/** The home's tab with both sidebars, nothing selected. */
export async function showHome(page: Page): Promise<void> {
  await showTab(page);
  await page.evaluate(() => (globalThis as unknown as EditorWindow).RED.sidebar.show("nixwave"));
  const debug = page.locator('button[data-tab-id="debug"].selected'); // it takes half of the side
  if ((await debug.count()) > 0) await debug.click();
  await framedIn(page).getByText("3 of 4 online").waitFor();
}

/** Labels whose text does not fit, and whether the dialog must be scrolled sideways. */
export const cutOff = (page: Page) =>
  page.evaluate(() => {
    const form = document.querySelector("#dialog-form, #node-config-dialog-edit-form");
    const texts = form?.querySelectorAll(".form-row > label, summary, button") ?? [];
    const isCut = (one: Element): boolean =>
      one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1;
    return {
      cut: [...texts].filter(isCut).map((one) => one.textContent?.trim()),
      wide: form !== null && form !== undefined && form.scrollWidth > form.clientWidth + 1,
    };
  });
