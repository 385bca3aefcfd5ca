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
{ inputs, ... }:
{
  imports = [ inputs.nixwave.nixosModules.agent ];

  services.nixwave.agent = {
    enable = true;
    mode = "observe"; # reports and downloads, tries nothing; later "active"
    fleet = ${nixText(fleet)};
    channel = ${nixText(channel)};
    broker.url = ${nixText(broker)};
${isSecure ? '    # broker.tls.caFile = "/etc/nixwave/ca.pem"; where no public authority signed the broker\'s certificate\n' : ""}    broker.passwordFile = ${nixText(CREDENTIALS_FILE)}; # sops: config.sops.secrets.nixwave.path
${keysNix(home)}
  };
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

/** The changes to the home's own flake.nix, as a diff: a line is marked by what it does. */
export const flakeDiff = ({ hosts }: HomeInNix): string => `--- a/flake.nix
+++ b/flake.nix
   inputs = {
+    nixwave.url = "github:OWNER/nixwave"; # where you have Nixwave from
   };
   # in nixosConfigurations, for each of ${hosts.join(", ")}:
     nixpkgs.lib.nixosSystem {
+      specialArgs = { inherit inputs; };
       modules = [
+        ./nixwave.nix
       ];
     };
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
