import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { vi } from "vitest";
import { type Bus, openBus } from "../../../src/bus/index.ts";
import {
  type HostName,
  type Order,
  parseOrder,
  parseSessionId,
  parseStatement,
  type Reported,
  type Statement,
} from "../../../src/contract/index.ts";
import { pathFor, reportedOf } from "../../support/contract-builders.ts";
import { credentials, node, type Reached } from "../nodes-rig.ts";
import { type Answer, doWell } from "../played-hosts.ts";

/** Where pictures are kept when somebody wants new ones: `docs/pictures`. */
const PICTURES = process.env["NIXWAVE_PICTURES"];
export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 900 };

const warm = {
  ...{ name: "bedroom", topic: "tele/bedroom/SENSOR", format: "tasmota" },
  ...{ path: "AM2301.Temperature", is: "above", limit: "18", limitType: "num", interval: "1s" },
  ...{ baselineWindow: "1m", allowedDecrease: "2" },
};
const heats = {
  ...{ name: "heating plug", topic: "tele/heating/STATE", format: "tasmota", path: "POWER" },
  ...{ is: "on", interval: "1s" },
};
/** A home whose wires watch the bedroom after each trial, for as long as the test wants. */
export const FLOW = [
  node("release", "nixwave-release", {}, [["rollout"], []]),
  node(
    "rollout",
    "nixwave-rollout",
    {
      ...{ onFailure: "ask", lease: "1h", soak: "30m" },
      groups: [
        { name: "rooms", hosts: "rp4, rp3", parallel: 1, approval: "none", reboot: "ask" },
        { name: "nuc", hosts: "nuc", parallel: 1, approval: "group", reboot: "ask" },
        { name: "laptop", hosts: "x1", parallel: 1, approval: "none", reboot: "ask" },
      ],
    },
    [["try"], [], []],
  ),
  node("try", "nixwave-activate", {}, [["after"], ["undo"]]),
  node(
    "after",
    "nixwave-gate",
    {
      ...{ name: "still warm", place: "after", rows: [warm, heats], soak: "30m" },
      ...{ initialDelay: "0s", timeout: "2h", failureCount: "2", failureWindow: "3" },
    },
    [["keep"], ["undo"], ["undo"]],
  ),
  node("keep", "nixwave-result", { verdict: "keep" }),
  node("undo", "nixwave-result", { verdict: "undo" }),
];

/** What a staged system changes, as a host reports it. */
export const SUMMARY: NonNullable<Reported["summary"]> = {
  ...{ downloadBytes: 412_000_000, unpackedBytes: 1_630_000_000 },
  packages: [
    "home-assistant: 2026.10.3 -> 2026.11.1, +14.2 MiB",
    "linux: 6.12.58 -> 6.12.61, +0.4 MiB",
    "openssl: 3.5.4 -> 3.5.5",
  ],
  packagesTotal: 31,
  ...{ stop: [], restart: ["home-assistant.service", "sshd.service"], start: [] },
  ...{ reload: ["dbus.service"], unitsTotal: 3 },
};

/** Sensors of the house; how warm it is may be changed. */
export function playSensors(bus: Bus) {
  const house = { warmth: 20.4 };
  let said = 0;
  const timer = setInterval(() => {
    said += 1;
    const Temperature = house.warmth + 0.3 * Math.sin(said / 3);
    const bedroom = { Time: "2026-11-27T10:00:00", AM2301: { Temperature }, TempUnit: "C" };
    bus.say("tele/bedroom/SENSOR", Buffer.from(JSON.stringify(bedroom)));
    bus.say("tele/heating/STATE", Buffer.from('{"Time":"2026-11-27T10:00:00","POWER":"ON"}'));
  }, 400);
  return {
    house,
    /** Resolves when they have spoken so many times more. */
    async hasSaid(more: number): Promise<void> {
      const wanted = said + more;
      await vi.waitUntil(() => said >= wanted, { timeout: 60_000 });
    },
    stop: () => clearInterval(timer),
  };
}

/** A host on which everything works, and that knows what it has kept. */
export function truthfulHost(): Answer {
  let kept = pathFor("old");
  return (order, statement) => {
    const said = doWell(order, statement);
    if (order.goal === "commit") kept = statement.storePath;
    const current = order.goal === "trial" ? statement.storePath : kept;
    return said && { ...said, current, profile: kept };
  };
}

/** A host that downloads for as long as the test wants, and then does well. */
export async function playDownloadingHost(hub: Reached, host: HostName) {
  const session = parseSessionId(randomUUID());
  const bus = await openBus({
    ...credentials(host, hub),
    presence: { address: { kind: "availability", host }, session },
  });
  let seq = 0;
  let isDownloading = true;
  const answer = truthfulHost();
  let last: { readonly order: Order; readonly statement: Statement } | null = null;
  const report = (said: Partial<Reported> | null): void => {
    if (!(last && said)) return;
    const { rollout, attempt, counter } = last.order;
    seq += 1;
    const own = { host, session, seq, rollout, attempt, counter, summary: SUMMARY };
    const target = last.statement.storePath;
    const made = reportedOf("old", { ...own, target, ...said });
    bus.retain({ kind: "reported", host }, made).catch(() => undefined); // the test has ended
  };
  await bus.subscribe({ kind: "desired", host }, ({ payload }) => {
    const order = parseOrder(Buffer.from(payload.order.payload, "base64"));
    const statement = parseStatement(Buffer.from(payload.statement.payload, "base64"));
    last = { order, statement };
    if (order.goal === "stage" && isDownloading) return;
    report(answer(order, statement));
  });
  return {
    close: () => bus.close(),
    /** @returns whether it has been ordered to */
    async progress(percent: number): Promise<boolean> {
      if (!last) return false;
      const { rollout, attempt } = last.order;
      const bytesTotal = SUMMARY.downloadBytes;
      const bytesDone = Math.round((bytesTotal * percent) / 100);
      await bus.publish(
        { kind: "progress", host },
        {
          ...{ v: 1, rollout, attempt, phase: "staging", percent, bytesDone, bytesTotal },
          ...{ pathsDone: percent, pathsTotal: 100 },
        },
      );
      return true;
    },
    hasAll(): void {
      isDownloading = false;
      if (last) report(answer(last.order, last.statement));
    },
  };
}

/** A way to the hub that can be cut and mended, as Wi-Fi is. */
export async function openDoor(url: string) {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((client) => {
    if (!isOpen) {
      client.destroy();
      return;
    }
    const there = dial(Number(port), hostname);
    for (const socket of [client, there]) {
      sockets.add(socket);
      socket.on("error", () => undefined); // the other side is told by the close
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        there.destroy();
      });
    }
    client.pipe(there).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => {
      isOpen = true;
    },
    async close() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What axe finds wrong, as "rule: where"; empty when nothing. */
export async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as {
      readonly axe: {
        run(): Promise<{
          readonly violations: readonly {
            readonly id: string;
            readonly nodes: readonly { readonly html: string }[];
          }[];
        }>;
      };
    };
    const { violations } = await checker.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

/** In both themes: no barrier, nothing to be scrolled sideways; pictures when asked for. */
export async function lookAt(page: Page, name: string): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.mouse.move(0, 0);
    const found = await barriers(page);
    if (found.length > 0) throw new Error(`${name} in ${theme}: ${found.join("\n")}`);
    const isWide = await page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    );
    if (isWide) throw new Error(`${name} must be scrolled sideways`);
    if (PICTURES === undefined) continue;
    await mkdir(PICTURES, { recursive: true });
    const path = join(PICTURES, `fleet-page-${name}-${theme}.png`);
    const isAsking = (await page.locator("dialog").count()) > 0; // it stands in the middle of what is seen
    await page.screenshot({ path, fullPage: !isAsking });
  }
  await page.emulateMedia({ colorScheme: "light" });
}
