import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { NixwaveError } from "../contract/index.ts";
import { replaceWhole, writeOnce } from "../disk/index.ts";

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
  /** Of the flow's ntfy node, and its token. */
  readonly notify?: NodeFields;
  readonly notifySecrets?: NodeFields;
  /** Of its release node: where releases are fetched. */
  readonly release?: NodeFields;
  readonly releaseSecrets?: NodeFields;
}

export interface FilledFlow {
  readonly flow: string;
  /** By the id of the node. */
  readonly credentials: Readonly<Record<string, NodeFields>>;
}

/**
 * Fills a home's own fleet, broker and the like into a flow of ours. @throws NixwaveError not-json | invalid-field
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
  if (type === "mqtt-broker") return [home.broker, home.brokerSecrets];
  if (type === "nixwave-notify") return [home.notify, home.notifySecrets];
  return type === "nixwave-release" ? [home.release, home.releaseSecrets] : [];
}

export const formatFlow = (nodes: readonly FlowNode[]): string =>
  `${JSON.stringify(nodes, null, 2)}\n`;

/**
 * Gives a home its first flow; a flow that is there is the user's and is never overwritten.
 * @param flowFile absolute, below Node-RED's user directory
 * @param flowGiven where the flow as it was given is kept, to compare the user's own with
 * @returns whether it was written now
 * @throws NixwaveError file-unwritable
 */
export function seedFlow(
  flowFile: string,
  { flow, credentials }: FilledFlow,
  credentialSecret: string,
  flowGiven: string | null,
): boolean {
  if (existsSync(flowFile)) return false;
  try {
    // The flow last: without its secrets it would be taken for the user's own and stay without.
    const secrets = JSON.stringify(encryptCredentials(credentials, credentialSecret));
    replaceWhole(flowFile.replace(/\.json$/, "_cred.json"), secrets);
    if (flowGiven !== null) replaceWhole(flowGiven, flow);
    return writeOnce(flowFile, flow);
  } catch (cause) {
    const why = `${flowFile}: ${(cause as Error).message}`;
    throw new NixwaveError("file-unwritable", why, { where: flowFile, cause });
  }
}

/** As Node-RED keeps them: AES-256-CTR under the secret's SHA-256, the vector in hex before the base64. */
function encryptCredentials(credentials: FilledFlow["credentials"], secret: string): NodeFields {
  const key = createHash("sha256").update(secret).digest();
  const vector = randomBytes(16);
  const cipher = createCipheriv("aes-256-ctr", key, vector);
  const text = cipher.update(JSON.stringify(credentials), "utf8", "base64");
  return { $: vector.toString("hex") + text + cipher.final("base64") };
}

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
