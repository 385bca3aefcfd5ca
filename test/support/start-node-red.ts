import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";

/**
 * A program of its own: starts the Node-RED that is named by its package (`node-red`, `node-red-4`) with a user
 * directory into which our package was installed, prints one JSON line of what it found, and ends.
 */
interface Runtime {
  readonly httpAdmin: Parameters<ReturnType<typeof createServer>["on"]>[1];
  init(server: unknown, settings: unknown): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  version(): string;
  readonly events: { on(event: string, listener: (value: RuntimeEvent) => void): void };
  readonly nodes: { getNodeList(): readonly NodeSet[] };
}
interface RuntimeEvent {
  readonly id?: string;
  readonly payload?: { readonly error?: string; readonly types?: readonly string[] };
}
interface NodeSet {
  readonly module: string;
  readonly types: readonly string[];
  readonly enabled: boolean;
  readonly err?: unknown;
}

const [name = "node-red", userDir = "", flowFile = ""] = process.argv.slice(2);
const red = createRequire(import.meta.url)(name) as Runtime;
const server = createServer();
red.init(server, {
  ...{ userDir, flowFile, httpAdminRoot: "/", httpNodeRoot: false, credentialSecret: "a test" },
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false } },
  editorTheme: { projects: { enabled: false }, palette: { catalogues: [] }, tours: false },
  logging: { console: { level: "off" } },
});
server.on("request", red.httpAdmin);
let missing: readonly string[] = [];
red.events.on("runtime-event", ({ id, payload }) => {
  if (id === "runtime-state" && payload?.error) missing = payload.types ?? [payload.error];
});
const started = new Promise<void>((resolve) => red.events.on("flows:started", () => resolve()));
server.listen(0, "127.0.0.1");
await red.start();
await Promise.race([started, new Promise((resolve) => setTimeout(resolve, 10_000))]);
const ours = red.nodes.getNodeList().filter(({ module }) => module === "@nixwave/node-red");
const { port } = server.address() as { readonly port: number };
const found = {
  version: red.version(),
  missing,
  types: ours.flatMap(({ types }) => types).toSorted((left, right) => (left < right ? -1 : 1)),
  failed: ours.filter(({ enabled, err }) => !enabled || err).map(({ err }) => String(err)),
  port,
};
process.stdout.write(`${JSON.stringify(found)}\n`);
process.stdin.on("end", () => void red.stop().then(() => process.exit(0)));
process.stdin.resume();
