import { brokerEndpoint, parseBrokerUrl } from "../../bus/index.ts";
import type { Channel, HostName, UserName } from "../../contract/index.ts";
import type { HomeSettings } from "./home-settings.ts";
import { type TrustBook, trustedOf } from "./trust-book.ts";

/** All that the Nix of a home says. */
export interface HomeInNix {
  readonly settings: HomeSettings;
  readonly book: TrustBook;
  /** The text of a key's public half, by its name. */
  readonly publicKeys: ReadonlyMap<string, string>;
  readonly hosts: readonly HostName[];
  readonly people: readonly UserName[];
}

/** Where a plain file with a host's password lies on that host, root's alone; not in the store. */
export const CREDENTIALS_FILE = "/etc/nixwave/credentials";

/** What every host imports. Names of options: nix/modules/agent/options.nix. */
export function agentNix(home: HomeInNix): string {
  const { fleet, channel, broker } = home.settings;
  const isSecure = /^(?:mqtts|wss):/.test(broker);
  return `# nixwave.nix: the same for every host; its name is networking.hostName.
{
  services.nixwave.agent = {
    enable = true;
    mode = "observe"; # reports and downloads, tries nothing; later "active"
    fleet = ${nixText(fleet)};
    channel = ${nixText(channel)};
    broker.url = ${nixText(broker)};
${isSecure ? '    # broker.tls.caFile = "/etc/nixwave/ca.pem"; where no public authority signed the broker\'s certificate\n' : ""}    broker.passwordFile = ${nixText(CREDENTIALS_FILE)};
${keysNix(home)}
  };

  # Cachix sends its cache with each deployment; Nixwave takes it from here:
  # nix.settings.substituters = [ "https://NAME.cachix.org" ];
  # nix.settings.trusted-public-keys = [ "NAME.cachix.org-1:..." ];
}
`;
}

/** Whom a host trusts: the lines of `services.nixwave.agent` that a rotation of keys changes. */
export function keysNix({ book, publicKeys }: Pick<HomeInNix, "book" | "publicKeys">): string {
  const list = (option: string, names: readonly string[]): readonly string[] => [
    `    ${option} = [`,
    ...names.map((name) => `      ${nixText(publicKeys.get(name) ?? name)}`),
    "    ];",
  ];
  return [
    ...list("releaseKeys", trustedOf(book.ci)),
    ...list("hubKeys", trustedOf(book.hub)),
    ...(book.epoch === 1 ? [] : [`    trustEpoch = ${book.epoch};`]),
  ].join("\n");
}

/** The change to a flake.nix that is not at hand, or is written in another way than most are. */
export const flakeChanges = ({ hosts }: HomeInNix): string => `# flake.nix, three changes:
#   inputs.nixwave.url = "github:OWNER/nixwave"; where you have Nixwave from
#   outputs = { nixwave, ... }: with its name among the others
#   modules = [ nixwave.nixosModules.agent ./nixwave.nix ... ]; for each of ${hosts.join(", ")}
`;

/** Where the step of the workflow leaves releases unless it is told otherwise: action.yml, `upload`. */
export const releaseUrl = (channel: Channel): string =>
  `https://github.com/OWNER/REPOSITORY/releases/download/nixwave/${channel}.json`;

/** What only the hub's machine imports, beside `nixwave.nixosModules.hub`. Names of options: nix/modules/hub/options.nix. */
export function hubNix({ settings, book, publicKeys, hosts, people }: HomeInNix): string {
  const { fleet, channel, hub } = settings;
  const list = (words: readonly string[]): string => `[ ${words.map(nixText).join(" ")} ]`;
  const carriers = hub !== null && hosts.includes(hub) ? [hub] : [];
  return `# hub.nix: for the hub's machine alone. Hosts, keys and the like fill the first flow; later the editor changes them.
{
  services.nixwave.hub = {
    enable = true;
    fleet = ${nixText(fleet)};
    channel = ${nixText(channel)};
    hosts = ${list(hosts)};
    carriers = ${list(carriers)};
    releaseKeys = [
${trustedOf(book.ci)
  .map((name) => `      ${nixText(publicKeys.get(name) ?? name)}`)
  .join("\n")}
    ];
    # Where CI leaves what it signs; of a private repository: docs/ci.md. Not for CI that reaches the broker itself.
    release.url = ${nixText(releaseUrl(channel))};
${brokerNix(settings, people)
  .map((line) => `    ${line}`)
  .join("\n")}
    backup.folder = "/var/backup/nixwave-hub"; # better on another disk
  };
}
`;
}

function brokerNix(
  { mosquitto, broker }: HomeSettings,
  people: readonly UserName[],
): readonly string[] {
  const { protocol, port } = brokerEndpoint(parseBrokerUrl(broker));
  if (mosquitto) {
    return [
      'broker.kind = "mosquitto"; # services.mosquitto, with an account for each',
      `broker.port = ${port};`,
      ...(port === OPEN_PORT ? ["broker.openPort = null;"] : []),
      `broker.people = [ ${people.map(nixText).join(" ")} ];`,
      'broker.passwordFile = "/etc/nixwave/mqtt/hub.password";',
      "openFirewall = true;",
    ];
  }
  if (protocol === "mqtt" || protocol === "ws") {
    return [`broker.mqtt = [ "0.0.0.0:${port}" ];`, "openFirewall = true;"];
  }
  return [
    `broker.mqttTls = [ "0.0.0.0:${port}" ];`,
    'editor.certFile = "/etc/nixwave/hub.pem";',
    'editor.keyFile = "/etc/nixwave/hub.key"; # mode 0400, root\'s',
    "openFirewall = true;",
  ];
}

/** Where sensors without a user name come in, unless said otherwise. */
const OPEN_PORT = 1883;

const nixText = (text: string): string =>
  `"${text.replace(/["\\]/g, "\\$&").replaceAll("${", "\\${")}"`;
