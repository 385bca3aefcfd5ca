import { DEVICE_TOPICS, mosquittoNixos, parseDeviceTopic } from "../../broker/index.ts";
import { DEFAULT_BASE, type HostName, parseUserName, type UserName } from "../../contract/index.ts";
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

/** What only the host with hub and broker imports. */
export function hubNix({ settings, hosts, people }: HomeInNix): string {
  if (!settings.mosquitto) return "";
  return mosquittoNixos({
    base: DEFAULT_BASE,
    hosts,
    operators: people,
    hub: parseUserName("hub"),
    ci: parseUserName("ci"),
    deviceTopics: DEVICE_TOPICS.map((topic) => parseDeviceTopic(topic, DEFAULT_BASE)),
    homeAssistant: null,
    openButtons: false,
  });
}

const nixText = (text: string): string =>
  `"${text.replace(/["\\]/g, "\\$&").replaceAll("${", "\\${")}"`;
