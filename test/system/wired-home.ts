import { afterEach, beforeEach } from "vitest";
import type { Bus } from "../../src/bus/index.ts";
import type { Order } from "../../src/contract/index.ts";
import type { Hub } from "../../src/hub/index.ts";
import { makeHubFolder, node, nuc, rp4, watchStatuses } from "./nodes-rig.ts";
import { doWell, playHost } from "./played-hosts.ts";

export let folder: Awaited<ReturnType<typeof makeHubFolder>>;
export let hub: Hub;
export let statuses: ReturnType<typeof watchStatuses>;
/** What each played host was ordered. */
export let atRp4: Order[];
export let atNuc: Order[];
export let clients: Bus[];

/** A folder for a hub before each test of the file; whatever it opens is closed after it. */
export function useWiredHome(): void {
  beforeEach(async () => {
    statuses = watchStatuses();
    folder = await makeHubFolder();
    [atRp4, atNuc, clients] = [[], [], []];
  });
  afterEach(async () => {
    statuses.stop();
    await Promise.all(clients.map((bus) => bus.close()));
    await hub.close();
    await folder[Symbol.asyncDispose]();
  });
}

/** Opens the hub with this flow, or opens it again. */
export async function openWired(...flow: Parameters<typeof folder.open>): Promise<void> {
  hub = await folder.open(...flow);
}

export const tryNode = (running: readonly string[], failed: readonly string[] = ["undo"]) =>
  node("try", "nixwave-activate", {}, [running, failed]);
export const ends = [
  node("keep", "nixwave-result", { verdict: "keep" }),
  node("undo", "nixwave-result", { verdict: "undo" }),
];
export const completed = (status: { phase: string }): boolean => status.phase === "Completed";
export const soon = { timeout: 20_000 };

export async function playHosts(answer = doWell): Promise<void> {
  clients.push(await playHost(hub, rp4, atRp4, answer), await playHost(hub, nuc, atNuc, answer));
}
