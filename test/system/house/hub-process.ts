import { readFile } from "node:fs/promises";
import process from "node:process";
import { type FilledFlow, type NodeRedLine, openHub } from "../../../src/hub/index.ts";

/** What the house leaves in a file for its hub, a process of its own so that it can be killed. */
export interface HouseHubOrder {
  readonly brokerUrl: string;
  readonly editorPort: number;
  readonly userDirectory: string;
  readonly nodesDirectory: string;
  readonly filled: FilledFlow;
}

/** One line of JSON each. */
export type HouseHubWord =
  | { readonly kind: "open"; readonly editorUrl: string }
  | { readonly kind: "line"; readonly line: NodeRedLine };

const say = (word: HouseHubWord): void => void process.stdout.write(`${JSON.stringify(word)}\n`);

const order = JSON.parse(await readFile(process.argv[2] ?? "", "utf8")) as HouseHubOrder;
const { userDirectory, nodesDirectory, editorPort, brokerUrl, filled } = order;
const hub = await openHub({
  broker: brokerUrl,
  editor: {
    ...{ userDirectory, nodesDirectory, port: editorPort },
    flowFile: `${userDirectory}/flows.json`,
    credentialSecret: "only for this test",
    log: (line) => say({ kind: "line", line }),
  },
  firstFlow: () => filled,
});
process.once("SIGTERM", () => void hub.close().then(() => process.exit(0)));
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
say({ kind: "open", editorUrl: hub.editorUrl });
