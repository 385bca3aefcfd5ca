import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type Broker, type BrokerOptions, openBroker } from "../broker/index.ts";
import { type EditorOptions, openEditor } from "./node-red.ts";
import { type FilledFlow, seedFlow } from "./seed-flow.ts";

export interface HubOptions {
  /** The embedded broker; a URL stands for one that is there already. */
  readonly broker: BrokerOptions | string;
  readonly editor: EditorOptions;
  /** A home's first flow; used once, when there is none yet. */
  readonly firstFlow: (brokerUrl: string) => FilledFlow;
  /** Absolute: where that flow is kept as it was given. */
  readonly flowGiven?: string;
}

export interface Hub {
  /** Null when the home has a broker of its own. */
  readonly broker: Broker | null;
  /** Where clients on this machine reach the broker. */
  readonly brokerUrl: string;
  readonly editorUrl: string;
  /** The first flow was written now; otherwise the user's is in use. */
  readonly isSeeded: boolean;
  /** Node-RED first, so that the hub says goodbye while there is still a broker. */
  close(): Promise<void>;
}

/**
 * A whole home in one process: the embedded broker, and Node-RED with Nixwave's nodes beside it.
 * @throws NixwaveError as openBroker and openEditor, file-unwritable; whatever was open is closed again
 */
export async function openHub({
  broker: wanted,
  editor,
  firstFlow,
  flowGiven,
}: HubOptions): Promise<Hub> {
  const broker = typeof wanted === "string" ? null : await openBroker(wanted);
  try {
    const brokerUrl = broker ? (broker.addresses[0]?.url ?? "") : String(wanted);
    await mkdir(dirname(editor.flowFile), { recursive: true });
    const isSeeded = seedFlow(
      editor.flowFile,
      firstFlow(brokerUrl),
      editor.credentialSecret,
      flowGiven ?? null,
    );
    const { url, close } = await openEditor(editor);
    return {
      ...{ broker, brokerUrl, editorUrl: url, isSeeded },
      async close() {
        await close();
        await broker?.close();
      },
    };
  } catch (error) {
    await broker?.close();
    throw error;
  }
}
