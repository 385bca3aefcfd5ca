import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import registerActivate from "../../node-red-nodes/activate/activate-node.ts";
import registerApproval from "../../node-red-nodes/approval/approval-node.ts";
import registerControl from "../../node-red-nodes/control/control-node.ts";
import registerEvents from "../../node-red-nodes/events/events-node.ts";
import registerFleet from "../../node-red-nodes/fleet/fleet-node.ts";
import registerGate from "../../node-red-nodes/gate/gate-node.ts";
import registerNotify from "../../node-red-nodes/notify/notify-node.ts";
import registerRelease from "../../node-red-nodes/release/release-node.ts";
import registerResult from "../../node-red-nodes/result/result-node.ts";
import registerRollout from "../../node-red-nodes/rollout/rollout-node.ts";
import type { Conductor } from "../../src/conductor/index.ts";

const require = createRequire(import.meta.url);

/** As the editor's dialogs ask. */
const OWN_PAGE = { "content-type": "application/json", "x-nixwave": "1" };

export type Message = Readonly<Record<string, unknown>>;

interface HelpedNode {
  readonly type: string;
  receive(message: Message): void;
  on(event: string, listener: (value: never) => void): void;
  readonly conductor?: Conductor | null;
  readonly publicKey?: string | null;
}
/** What is used of node-red-node-test-helper 0.3. */
interface Helper {
  init(runtimePath: string): void;
  settings(settings: object): void;
  startServer(): Promise<void>;
  stopServer(): Promise<void>;
  load(registers: readonly unknown[], flow: readonly object[], secrets: object): Promise<void>;
  unload(): Promise<void>;
  getNode(id: string): HelpedNode | null;
  /** supertest on the editor's routes. */
  request(): Readonly<Record<"get" | "post", (path: string) => Asking>>;
}
interface Asking {
  set(headers: Readonly<Record<string, string>>): PromiseLike<Answered>;
}
interface Answered {
  readonly status: number;
  readonly body: unknown;
}
interface StatusCall {
  readonly args: readonly [{ readonly fill?: string; readonly text?: string }];
}

const OUR_NODES = [
  ...[registerFleet, registerRelease, registerRollout, registerActivate, registerGate],
  ...[registerApproval, registerResult, registerControl, registerEvents, registerNotify],
];

/** Node-RED's own mqtt nodes, of the same runtime. */
function coreMqtt(runtimePath: string): unknown {
  const own = join(dirname(runtimePath), "..", "node_modules", "@node-red");
  const beside = join(dirname(runtimePath), "..", "..", "@node-red");
  const file = "nodes/core/network/10-mqtt.js";
  try {
    return require(join(own, file));
  } catch {
    return require(join(beside, file));
  }
}

/**
 * A flow under Node-RED's own test helper. Nodes of type "helper" only listen; what they hear, what a node showed and
 * what catch nodes caught is kept in order.
 * @param runtime the package: node-red, node-red-4
 */
export async function helpFlow(runtime: string, flow: readonly Message[], secrets: object = {}) {
  const { NodeTestHelper } = require("node-red-node-test-helper") as {
    readonly NodeTestHelper: new () => Helper;
  };
  const helper = new NodeTestHelper();
  const runtimePath = require.resolve(runtime);
  helper.init(runtimePath);
  const directory = await mkdtemp(join(tmpdir(), "nixwave-helper-"));
  await helper.startServer();
  helper.settings({ userDir: directory });
  await helper.load([coreMqtt(runtimePath), ...OUR_NODES], flow, secrets);
  const shown = new Map<string, string[]>();
  const heard = new Map<string, Message[]>();
  for (const { id, type } of flow as readonly { id: string; type: string }[]) {
    const node = helper.getNode(id);
    if (!node) continue;
    node.on("call:status", ({ args: [status] }: StatusCall) =>
      listIn(shown, id).push(`${status.fill} ${status.text}`),
    );
    if (type === "helper") node.on("input", (message: Message) => listIn(heard, id).push(message));
  }
  const node = (id: string): HelpedNode => {
    const found = helper.getNode(id);
    if (!found) throw new Error(`${id} was not loaded`);
    return found;
  };
  let isOver = false;
  return {
    node,
    give: (id: string, message: Message) => node(id).receive(structuredClone(message)),
    shown: (id: string): readonly string[] => shown.get(id) ?? [],
    /** A route of the editor; it asks nobody who they are. */
    ask: async (
      method: "get" | "post",
      path: string,
      headers: Readonly<Record<string, string>> = OWN_PAGE,
    ): Promise<Answered> => await helper.request()[method](path).set(headers),
    heard: (id: string): readonly Message[] => heard.get(id) ?? [],
    /** Stops the flow as a deploy does; Node-RED itself waits at most 15 s for each node. */
    async unload(): Promise<void> {
      if (isOver) return;
      isOver = true;
      await helper.unload();
      await helper.stopServer();
    },
    forget: () => rm(directory, { recursive: true, force: true }),
  };
}

function listIn<T>(lists: Map<string, T[]>, id: string): T[] {
  const list = lists.get(id) ?? [];
  lists.set(id, list);
  return list;
}
