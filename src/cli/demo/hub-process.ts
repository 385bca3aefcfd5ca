import { readFile } from "node:fs/promises";
import process from "node:process";
import { makeAccounts, type NewAccount } from "../../broker/index.ts";
import { DEFAULT_BASE } from "../../contract/index.ts";
import { type FilledFlow, type NodeRedLine, openHub } from "../../hub/index.ts";

/** What the demo leaves in a file for its hub, which is a process of its own so that it can be killed. */
export interface HubOrder {
  readonly accounts: readonly NewAccount[];
  readonly brokerPort: number;
  readonly editorPort: number;
  readonly brokerState: string;
  readonly userDirectory: string;
  readonly flowFile: string;
  readonly nodesDirectory: string;
  readonly credentialSecret: string;
  readonly filled: FilledFlow;
}

/** One line of JSON each. */
export type HubWord =
  | { readonly kind: "open" }
  | { readonly kind: "line"; readonly line: NodeRedLine }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

const say = (word: HubWord): void => void process.stdout.write(`${JSON.stringify(word)}\n`);

async function serve(file: string): Promise<void> {
  const order = JSON.parse(await readFile(file, "utf8")) as HubOrder; // written by the demo itself
  const hub = await openHub({
    broker: {
      listeners: [{ kind: "tcp", port: order.brokerPort }],
      accounts: await makeAccounts(order.accounts, DEFAULT_BASE),
      stateDir: order.brokerState,
    },
    editor: {
      ...{ userDirectory: order.userDirectory, flowFile: order.flowFile },
      ...{ nodesDirectory: order.nodesDirectory, port: order.editorPort },
      credentialSecret: order.credentialSecret,
      log: (line) => say({ kind: "line", line }),
    },
    firstFlow: () => order.filled,
  });
  process.once("SIGTERM", () => {
    void hub.close().then(() => process.exit(0));
  });
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  say({ kind: "open" });
}

serve(process.argv[2] ?? "").catch((error: { code?: unknown; message?: unknown }) => {
  say({ kind: "failed", code: String(error.code), message: String(error.message) });
  process.exitCode = 1;
});
