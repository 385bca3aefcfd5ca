import { randomBytes } from "node:crypto";
import { relative } from "node:path";
import {
  type BrokerOptions,
  changeAccountsFile,
  generatePassword,
  makeAccount,
  openAccounts,
  readAccountsFile,
  readAccountsFileIfAny,
} from "../broker/index.ts";
import { type BrokerUrl, brokerEndpoint, clientIdFor, parseBrokerUrl } from "../bus/index.ts";
import { DEFAULT_BASE, formatPublicKey, type HostName, type PublicKey } from "../contract/index.ts";
import {
  type HubPlaces,
  keyIn,
  makeHubFolder,
  makeMissingAccounts,
  partsOf,
  readSecret,
  secretIn,
  textIn,
} from "./hub-folder.ts";
import type { EditorOptions } from "./node-red.ts";
import { type Hub, openHub } from "./open-hub.ts";
import type { EditorLogin } from "./quiet-settings.ts";
import { type FilledFlow, fillFlow, type HomeFields } from "./seed-flow.ts";

/** What a home's first flow is filled with; later its own flow says it all. */
export interface FirstHome {
  readonly fleet: string;
  readonly channel: string;
  readonly hosts: readonly HostName[];
  /** Which of them carries the broker or this hub. */
  readonly carriers: ReadonlyMap<HostName, readonly ("broker" | "hub")[]>;
  /** CI's; none: a key is made here, to be taken to CI. */
  readonly releaseKeys: readonly PublicKey[];
  /** The text of a file below flows/. */
  readonly flow: string;
  readonly language: string;
  readonly zone: string;
  /** Fields and secrets of the flow's ntfy and release nodes. */
  readonly phone?: Pick<HomeFields, "notify" | "notifySecrets">;
  readonly web?: Pick<HomeFields, "release" | "releaseSecrets">;
}

/** A broker that is there already. */
export interface OwnBroker {
  readonly url: BrokerUrl;
  readonly user: string | null;
  readonly password: string | null;
}

export interface HomeOptions {
  /** Absolute. */
  readonly directory: string;
  readonly first: FirstHome;
  /** The embedded one's listeners and who may be anonymous, or a broker that is there already. */
  readonly broker: OwnBroker | Pick<BrokerOptions, "listeners" | "anonymous" | "log">;
  readonly editor: Pick<EditorOptions, "host" | "port" | "tls" | "log" | "nodesDirectory">;
}

export interface Home {
  readonly hub: Hub;
  readonly places: HubPlaces;
  readonly hubKey: PublicKey;
  readonly releaseKeys: readonly PublicKey[];
  /** The hub's key lay here before the hub: `nixwave init` has told what goes to the hosts. */
  readonly isBegun: boolean;
  /** CI's secret key still lies here: whoever takes this folder could sign releases. */
  readonly hasCiKey: boolean;
}

/**
 * Opens the hub in its folder; what is missing there is made, what is there is never changed.
 * @throws NixwaveError file-unreadable | file-unwritable | secret-exposed, as openHub
 */
export async function openHome(options: HomeOptions): Promise<Home> {
  const places = await makeHubFolder(options.directory);
  const isBegun = (await readSecret(places.hubKey)) !== null;
  const hubKey = await keyIn(places.hubKey, "hub-1");
  const hubSecret = (await readSecret(places.hubKey)) ?? "";
  const releaseKeys = await releaseKeysOf(places, options.first);
  const credentialSecret = await secretIn(places.credentialSecret, () =>
    randomBytes(32).toString("hex"),
  );
  const login = await editorLogin(places);
  const own = await loginOf(places, options);
  const filled = (brokerUrl: string): FilledFlow =>
    fillFlow(options.first.flow, {
      fleet: fleetFields(options.first, releaseKeys, places),
      fleetSecrets: { hubKey: hubSecret },
      ...brokerFields(parseBrokerUrl(brokerUrl), own),
      ...options.first.phone,
      ...options.first.web,
    });
  const hub = await openHub({
    broker: await brokerOf(places, options),
    editor: {
      ...options.editor,
      ...{ userDirectory: places.nodeRed, flowFile: places.flow, credentialSecret, login },
    },
    firstFlow: filled,
    flowGiven: places.flowGiven,
  });
  const hasCiKey = (await textIn(places.ciKey)) !== null;
  return { hub, places, hubKey: hubKey.publicKey, releaseKeys, isBegun, hasCiKey };
}

/** Given, or of the key that was made here; on a later start without either the flow has them. */
async function releaseKeysOf(
  places: HubPlaces,
  { releaseKeys }: FirstHome,
): Promise<readonly PublicKey[]> {
  if (releaseKeys.length > 0) return releaseKeys;
  if ((await textIn(places.flow)) !== null && (await readSecret(places.ciKey)) === null) return [];
  return [(await keyIn(places.ciKey, "ci-1")).publicKey];
}

const EDITOR_USER = "admin";

/**
 * One user at first, with a password in a file of its own; `nixwave broker passwd` changes and adds. An account of any
 * other role than operator only looks.
 */
async function editorLogin({ editorAccounts, password }: HubPlaces): Promise<EditorLogin> {
  if ((await readAccountsFileIfAny(editorAccounts)).length === 0) {
    const secret = await secretIn(password("editor"), generatePassword);
    const made = { user: EDITOR_USER, role: "operator", password: secret } as const;
    const account = await makeAccount(made, DEFAULT_BASE);
    await changeAccountsFile(editorAccounts, (before) => (before.length > 0 ? before : [account]));
  }
  const accounts = openAccounts(await readAccountsFile(editorAccounts));
  return {
    knows: (user) => accounts.users.includes(user),
    mayWrite: (user) => accounts.find(user)?.role === "operator",
    accepts: async (user, given) =>
      (await accounts.authenticate(user, Buffer.from(given))) !== undefined,
  };
}

interface Login {
  readonly user: string | null;
  readonly password: string | null;
}

const isOwn = (broker: HomeOptions["broker"]): broker is OwnBroker => "url" in broker;

async function loginOf(places: HubPlaces, { broker, first }: HomeOptions): Promise<Login> {
  if (isOwn(broker)) return broker;
  await makeMissingAccounts(places, partsOf(first.hosts));
  return { user: "hub", password: await readSecret(places.password("hub")) };
}

async function brokerOf(
  places: HubPlaces,
  { broker }: HomeOptions,
): Promise<BrokerOptions | string> {
  if (isOwn(broker)) return broker.url;
  const accounts = openAccounts(await readAccountsFile(places.accounts));
  return { ...broker, accounts, stateDir: places.broker };
}

const fleetFields = (
  { fleet, channel, hosts, carriers, language, zone }: FirstHome,
  releaseKeys: readonly PublicKey[],
  { journal, nodeRed }: HubPlaces,
): HomeFields["fleet"] => ({
  ...{ name: fleet, fleet, channel, base: DEFAULT_BASE, threshold: "1", language, zone },
  hosts: hosts.map((host) => ({ host, carries: carriers.get(host) ?? [], optional: false })),
  releaseKeys: releaseKeys.map(formatPublicKey).join("\n"),
  stateFolder: relative(nodeRed, journal), // the folder may be moved, and restored elsewhere
});

/** Fields of Node-RED's own mqtt-broker node. */
function brokerFields(
  url: BrokerUrl,
  { user, password }: Login,
): Pick<HomeFields, "broker" | "brokerSecrets"> {
  const { protocol, host, port } = brokerEndpoint(url);
  const isPlain = protocol === "mqtt" || protocol === "mqtts";
  return {
    broker: {
      ...{ name: "home", broker: isPlain ? host : url, port: isPlain ? String(port) : "" },
      ...{ clientid: clientIdFor(user ?? "hub", "nodes"), verifyservercert: true },
      usetls: protocol === "mqtts",
    },
    ...(user === null ? {} : { brokerSecrets: { user, password: password ?? "" } }),
  };
}
