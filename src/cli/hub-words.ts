import { formatPublicKey, type HostName } from "../contract/index.ts";
import type { Home } from "../hub/index.ts";
import type { Paint } from "./paint.ts";

/** What a person does next with a hub that was just made: the hosts, CI, the editor. */
export function firstSteps(
  { hub, places, hubKey, releaseKeys, hasCiKey }: Home,
  fleet: string,
  hosts: readonly HostName[],
  paint: Paint,
): string {
  const quote = (keys: readonly string[]): string => keys.map((key) => `"${key}"`).join(" ");
  const isEmbedded = hub.broker !== null;
  return [
    paint("strong", "1. On every host, in its NixOS configuration:"),
    "",
    "  services.nixwave.agent = {",
    "    enable = true;",
    `    fleet = "${fleet}";`,
    `    broker = "${brokerForHosts(hub.brokerUrl)}";`,
    '    passwordFile = "/etc/nixwave/password"; # root only, mode 600',
    `    releaseKeys = [ ${quote(releaseKeys.map(formatPublicKey))} ];`,
    `    hubKeys = [ ${quote([formatPublicKey(hubKey)])} ];`,
    "  };",
    "",
    ...(isEmbedded
      ? [
          "  Its password lies here; copy each to its own host:",
          ...passwords(hosts, places.password),
        ]
      : [
          "  Each host needs an account of its own on your broker; `nixwave acl` prints the rules.",
        ]),
    "",
    paint("strong", "2. In CI:"),
    "",
    ...(hasCiKey
      ? [
          `  the secret NIXWAVE_SIGNING_KEY is the content of ${places.ciKey}`,
          `  then remove it here: ${paint("strong", `shred -u ${places.ciKey}`)}`,
        ]
      : ["  sign with the key whose public half you gave"]),
    ...(isEmbedded
      ? [`  the secret NIXWAVE_BROKER_PASSWORD is the content of ${places.password("ci")}`]
      : []),
    "",
    paint("strong", `3. Open ${hub.editorUrl}`),
    "",
    `  user admin, password in ${places.password("editor")}`,
    "",
  ].join("\n");
}

const passwords = (
  hosts: readonly HostName[],
  fileOf: (user: string) => string,
): readonly string[] => hosts.map((host) => `    ${host}: ${fileOf(host)}`);

/** A host cannot use a loopback address of this machine. */
const brokerForHosts = (url: string): string =>
  url.replace(/\/\/(127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\])/, "//THIS-MACHINE");
