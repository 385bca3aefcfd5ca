import { ContractError, type HostName, type TopicBase, type UserName } from "../contract/index.ts";
import { type Account, type Action, grantsOf, parseDeviceTopic } from "./access.ts";
import { anonymousAccount } from "./accounts.ts";
import { MAX_PACKET_BYTES } from "./limits.ts";
import type { TopicFilter } from "./topic-filter.ts";

/** The home that the configuration is for. */
export interface AclPlan {
  readonly base: TopicBase;
  readonly hosts: readonly HostName[];
  readonly operators: readonly UserName[];
  readonly hub: UserName;
  readonly ci: UserName;
  /** What clients without a user name may read and write on the open listener. */
  readonly deviceTopics: readonly TopicFilter[];
  /** Home Assistant's own user, an operator with the home's devices, and its discovery prefix; null or absent: none. */
  readonly homeAssistant?: { readonly user: UserName; readonly prefix: string } | null;
  /** Lets them also press the wire's buttons, for a switch on the wall or a phone without accounts. */
  readonly openButtons: boolean;
}

/**
 * A device topic for mosquitto's lists, where `%c` and `%u` stand for a client's own id and name: `%c/#` would open to
 * everybody whatever they call themselves after. So as the NixOS module reads it: no `%` at all.
 * @throws ContractError invalid-topic
 */
export function parseMosquittoTopic(value: string, base: TopicBase): TopicFilter {
  if (!value.includes("%")) return parseDeviceTopic(value, base);
  const why = "mosquitto puts a client's own id for %c and its name for %u";
  throw new ContractError("invalid-topic", `device topic ${JSON.stringify(value)}: ${why}`);
}

/** The accounts that mosquitto must know by name. */
export function accountsOf(plan: AclPlan): readonly Account[] {
  const { homeAssistant = null, deviceTopics } = plan;
  const below = (rest: string): readonly TopicFilter[] =>
    homeAssistant === null
      ? []
      : [parseMosquittoTopic(`${homeAssistant.prefix}/${rest}`, plan.base)];
  const hub: Account = {
    ...{ user: plan.hub, role: "hub" },
    topics: [...deviceTopics, ...below("status")],
    announces: below("device/+/config"), // without Home Assistant the hub announces nothing to anybody
  };
  const assistant = homeAssistant && [
    {
      user: homeAssistant.user,
      role: "operator",
      topics: [...deviceTopics, ...below("#")],
    } as const,
  ];
  return [
    { user: plan.ci, role: "ci" },
    hub,
    ...(assistant ?? []),
    ...plan.operators.map((user): Account => ({ user, role: "operator" })),
    ...plan.hosts.map((user): Account => ({ user, role: "host" })),
  ];
}

/** One line of an ACL: mosquitto's `topic` or `pattern` with what may be done. */
type Right = "read" | "write" | "readwrite";
interface Line {
  readonly right: Right;
  readonly filter: string;
}

/**
 * One account's lines. Exactly the account's own topics, no `%u` patterns: a pattern holds for every
 * user, and mosquitto 2.0 lets a user name with a slash span two levels of it.
 */
export function aclLinesOf(account: Account, base: TopicBase): readonly string[] {
  const { wire, plain } = grantsOf(account, base);
  const all = (action: Action): readonly TopicFilter[] => [...wire[action], ...plain[action]];
  return merged(all("read"), all("write")).map(({ right, filter }) => `topic ${right} ${filter}`);
}

/**
 * The open listener's lines. `pattern` and not `topic`: `topic` lines bind only clients without a user
 * name, so that giving any name would fall outside the list. An allow-list and never `deny`, for the same reason.
 */
export function openAclLinesOf(plan: AclPlan): readonly string[] {
  const { wire, plain } = grantsOf(
    anonymousAccount(plan.deviceTopics, plan.openButtons),
    plan.base,
  );
  return merged([...plain.read, ...wire.read], [...plain.write, ...wire.write]).map(
    ({ right, filter }) => `pattern ${right} ${filter}`,
  );
}

/** The same as data, by user: for whoever writes a configuration of their own. */
export const mosquittoAccess = (plan: AclPlan) => ({
  settings: Object.fromEntries(BROKER_SETTINGS),
  open: openAclLinesOf(plan),
  users: Object.fromEntries(
    accountsOf(plan).map((account) => [
      account.user,
      aclLinesOf(account, plan.base).map((line) => line.replace(/^topic /, "")),
    ]),
  ),
});

/** The broker's options, the same in mosquitto.conf and in NixOS's `settings`. */
export const BROKER_SETTINGS: readonly (readonly [string, boolean | number])[] = [
  // In seconds. By default it is half an hour; "on changes" would write the whole database per message,
  // which costs an SD card its life and every order its speed. Owners publish their state again anyway.
  ["autosave_on_changes", false],
  ["autosave_interval", 60],
  ["set_tcp_nodelay", true],
  // The default drops what exceeds 1000 queued QoS 1 messages of one client, silently.
  ["max_queued_messages", 5000],
  // Larger packets end the connection. `message_size_limit` would acknowledge and drop them.
  ["max_packet_size", Math.max(MAX_PACKET_BYTES, 2_000_000)],
];

/** Files by name, for one folder. The passwords are not here: `mosquitto_passwd` makes that file. */
export function mosquittoFiles(plan: AclPlan, folder: string): Readonly<Record<string, string>> {
  const users = accountsOf(plan).map((account) =>
    [`user ${account.user}`, ...aclLinesOf(account, plan.base)].join("\n"),
  );
  return {
    "mosquitto.conf": configuration(plan, folder),
    "open.acl": `# Clients without a user name, on port 1883.\n${openAclLinesOf(plan).join("\n")}\n`,
    "nixwave.acl": `# Nixwave's users, on port 8883.\n${users.join("\n\n")}\n`,
  };
}

function configuration(plan: AclPlan, folder: string): string {
  const names = accountsOf(plan).map(({ user }) => user);
  return `# One broker, two listeners that share topics and retained messages.
per_listener_settings true
persistence true
persistence_location ${folder}/
${BROKER_SETTINGS.map(([name, value]) => `${name} ${value}`).join("\n")}

# Sensors and switches, without a user name: only what open.acl lists.
listener 1883
allow_anonymous true
acl_file ${folder}/open.acl

# Nixwave, with user names: ${names.join(", ")}.
# Make the password file:  mosquitto_passwd -c ${folder}/passwords ${plan.ci}   (then without -c for the others)
# For TLS add cafile, certfile and keyfile; for client certificates instead of passwords
# require_certificate true and use_identity_as_username true.
listener 8883
allow_anonymous false
password_file ${folder}/passwords
acl_file ${folder}/nixwave.acl
`;
}

function merged(read: readonly TopicFilter[], write: readonly TopicFilter[]): readonly Line[] {
  const filters = [...new Set([...read, ...write])];
  return filters.map((filter) => {
    if (!read.includes(filter)) return { right: "write", filter };
    return { right: write.includes(filter) ? "readwrite" : "read", filter };
  });
}
