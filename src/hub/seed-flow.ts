import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { NixwaveError } from "../contract/index.ts";
import { syncFolder } from "../disk/index.ts";

/** The fields of a dialog, as the editor stores them. */
export interface NodeFields {
  readonly [field: string]: unknown;
}

export interface FlowNode extends NodeFields {
  readonly id: string;
  readonly type: string;
}

/** What a home puts into a flow of ours: its fleet, its broker, and the secrets of both. */
export interface HomeFields {
  readonly fleet: NodeFields;
  readonly broker: NodeFields;
  /** Kept beside the flow, encrypted: Node-RED exports no credentials. */
  readonly fleetSecrets?: NodeFields;
  readonly brokerSecrets?: NodeFields;
}

export interface FilledFlow {
  readonly flow: string;
  /** By the id of the node. */
  readonly credentials: Readonly<Record<string, NodeFields>>;
}

/**
 * Fills a home's own fleet and broker into a flow of ours. @throws NixwaveError not-json | invalid-field
 * @param flow the text of a file below flows/
 */
export function fillFlow(flow: string, home: HomeFields): FilledFlow {
  const credentials: Record<string, NodeFields> = {};
  const nodes = parseFlow(flow).map((node) => {
    const [fields, secrets] = fieldsFor(node.type, home);
    if (secrets) credentials[node.id] = secrets;
    return { ...node, ...fields };
  });
  return { flow: formatFlow(nodes), credentials };
}

function fieldsFor(type: string, home: HomeFields): readonly (NodeFields | undefined)[] {
  if (type === "nixwave-fleet") return [home.fleet, home.fleetSecrets];
  return type === "mqtt-broker" ? [home.broker, home.brokerSecrets] : [];
}

export const formatFlow = (nodes: readonly FlowNode[]): string =>
  `${JSON.stringify(nodes, null, 2)}\n`;

/**
 * Gives a home its first flow; a flow that is there is the user's and is never overwritten.
 * @param flowFile absolute, below Node-RED's user directory
 * @returns whether it was written now
 * @throws NixwaveError file-unwritable
 */
export async function seedFlow(
  flowFile: string,
  { flow, credentials }: FilledFlow,
  credentialSecret: string,
): Promise<boolean> {
  const secrets = JSON.stringify(encryptCredentials(credentials, credentialSecret));
  if (await isThere(flowFile)) return false;
  // The secrets first: a flow without them would be taken for the user's own and stay without.
  await replaceFile(flowFile.replace(/\.json$/, "_cred.json"), secrets);
  return await writeNew(flowFile, flow);
}

/** As Node-RED keeps them: AES-256-CTR under the secret's SHA-256, the vector in hex before the base64. */
function encryptCredentials(credentials: FilledFlow["credentials"], secret: string): NodeFields {
  const key = createHash("sha256").update(secret).digest();
  const vector = randomBytes(16);
  const cipher = createCipheriv("aes-256-ctr", key, vector);
  const text = cipher.update(JSON.stringify(credentials), "utf8", "base64");
  return { $: vector.toString("hex") + text + cipher.final("base64") };
}

async function isThere(file: string): Promise<boolean> {
  try {
    await (await open(file, "r")).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw unwritable(file, error);
  }
}

async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await writeSynced(file, text, "wx");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw unwritable(file, error);
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  try {
    await writeSynced(file, text, "w");
  } catch (error) {
    throw unwritable(file, error);
  }
}

async function writeSynced(file: string, text: string, flags: "w" | "wx"): Promise<void> {
  const handle: FileHandle = await open(file, flags, 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  syncFolder(dirname(file));
}

const unwritable = (file: string, cause: unknown): NixwaveError =>
  new NixwaveError("file-unwritable", `${file}: ${(cause as Error).message}`, {
    where: file,
    cause,
  });

/** @throws NixwaveError not-json | invalid-field */
export function parseFlow(flow: string): readonly FlowNode[] {
  let nodes: unknown;
  try {
    nodes = JSON.parse(flow);
  } catch (cause) {
    throw new NixwaveError("not-json", "the flow is not JSON", { cause });
  }
  const isNode = (one: unknown): one is FlowNode =>
    typeof (one as Partial<FlowNode> | null)?.type === "string" &&
    typeof (one as Partial<FlowNode>).id === "string";
  if (!Array.isArray(nodes) || !nodes.every(isNode)) {
    throw new NixwaveError("invalid-field", "the flow is not a list of nodes");
  }
  return nodes;
}
