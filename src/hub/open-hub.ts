import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type Broker, type BrokerOptions, openBroker } from "../broker/index.ts";
import { type EditorOptions, openEditor } from "./node-red.ts";
import { seedFlow } from "./seed-flow.ts";

export interface HubOptions {
  readonly broker: BrokerOptions;
  readonly editor: EditorOptions;
  /** A home's first flow; used once, when there is none yet. */
  readonly firstFlow: (brokerUrl: string) => string;
}

export interface Hub {
  readonly broker: Broker;
  /** Where clients on this machine reach the broker. */
  readonly brokerUrl: string;
  readonly editorUrl: string;
  /** Node-RED first, so that the hub says goodbye while there is still a broker. */
  close(): Promise<void>;
}

/**
 * A whole home in one process: the embedded broker, and Node-RED with Nixwave's nodes beside it.
 * @throws NixwaveError as openBroker and openEditor; whatever was open is closed again
 */
export async function openHub({ broker: wanted, editor, firstFlow }: HubOptions): Promise<Hub> {
  const broker = await openBroker(wanted);
  try {
    const brokerUrl = broker.addresses[0]?.url ?? "";
    await mkdir(dirname(editor.flowFile), { recursive: true });
    await seedFlow(editor.flowFile, firstFlow(brokerUrl));
    const { url, close } = await openEditor(editor);
    return {
      ...{ broker, brokerUrl, editorUrl: url },
      async close() {
        await close();
        await broker.close();
      },
    };
  } catch (error) {
    await broker.close();
    throw error;
  }
}
