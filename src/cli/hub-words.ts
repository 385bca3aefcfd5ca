import { existsSync } from "node:fs";
import { formatPublicKey, type HostName } from "../contract/index.ts";
import type { Home } from "../hub/index.ts";
import { shellWord } from "./files.ts";
import type { Paint } from "./paint.ts";

/** What a person does next with a hub that was just made: the hosts, CI, the editor, a terminal. */
export function firstSteps(
  home: Home,
  fleet: string,
  hosts: readonly HostName[],
  paint: Paint,
): string {
  const { hub, places } = home;
  return [
    paint("strong", "1. On every host, in its NixOS configuration:"),
    "",
    ...(home.isBegun ? begunLines(home) : hostLines(home, fleet, hosts)),
    "",
    paint("strong", "2. In CI:"),
    "",
    ...ciLines(home, fleet, paint),
    "",
    paint("strong", `3. Open ${hub.editorUrl}`),
    "",
    `  user admin, password in ${places.password("editor")}`,
    ...(hub.broker === null
      ? []
      : [
          "",
          paint("strong", "4. In a terminal on this machine:"),
          "",
          `  export NIXWAVE_BROKER=${hub.brokerUrl.replace("//0.0.0.0", "//127.0.0.1")} NIXWAVE_BROKER_USER=me`,
          `  export NIXWAVE_BROKER_PASSWORD_FILE=${existsSync(places.password("me")) ? shellWord(places.password("me")) : "people/me.password    # of what `nixwave init` made"}`,
          "  nixwave status",
        ]),
    "",
  ].join("\n");
}

/** Its own key alone would take the spare from the hosts. */
const begunLines = ({ hub, hubKey }: Home): readonly string[] => [
  "  what `nixwave init` printed, with both of the hub's keys. The one here is",
  `    ${formatPublicKey(hubKey)}`,
  ...(hub.broker === null ? [] : listenLines(hub.brokerUrl)),
];

function hostLines(
  { hub, places, hubKey, releaseKeys }: Home,
  fleet: string,
  hosts: readonly HostName[],
): readonly string[] {
  const quote = (keys: readonly string[]): string => keys.map((key) => `"${key}"`).join(" ");
  return [
    "  services.nixwave.agent = {",
    "    enable = true;",
    `    fleet = "${fleet}";`,
    `    broker.url = "${brokerForHosts(hub.brokerUrl)}";`,
    '    broker.passwordFile = "/etc/nixwave/credentials"; # root only, mode 0400',
    `    releaseKeys = [ ${quote(releaseKeys.map(formatPublicKey))} ];`,
    `    hubKeys = [ ${quote([formatPublicKey(hubKey)])} ];`,
    "  };",
    "",
    "  The module, its package and the caches: docs/nixos.md.",
    ...(hub.broker === null
      ? ["  Each host needs an account of its own on your broker; `nixwave acl` prints the rules."]
      : [
          "  Its password lies here; copy each to its own host:",
          ...passwords(hosts, places.password),
          ...listenLines(hub.brokerUrl),
        ]),
  ];
}

const listenLines = (brokerUrl: string): readonly string[] =>
  isOnlyHere(brokerUrl)
    ? [
        "  The broker listens on this machine alone. For the hosts start the hub again with",
        "  --mqtt 0.0.0.0:1883, or --mqtt-tls 0.0.0.0:8883 with --cert and --key.",
      ]
    : [];

function ciLines({ hub, places, hasCiKey }: Home, fleet: string, paint: Paint): readonly string[] {
  return [
    ...(hasCiKey
      ? [
          `  the secret NIXWAVE_SIGNING_KEY is the content of ${places.ciKey}`,
          `  then remove it here: ${paint("strong", `shred -u ${shellWord(places.ciKey)}`)}`,
        ]
      : ["  sign with the key whose public half you gave"]),
    ...(hub.broker === null
      ? []
      : [
          `  the secret NIXWAVE_BROKER_PASSWORD is the content of ${placeOf(places.password("ci"))}`,
        ]),
    `  NIXWAVE_FLEET=${fleet} NIXWAVE_BROKER=${brokerForHosts(hub.brokerUrl)}${hub.broker === null ? "" : " NIXWAVE_BROKER_USER=ci"}`,
    "  then: nixwave publish result --wait",
  ];
}

const passwords = (
  hosts: readonly HostName[],
  fileOf: (user: string) => string,
): readonly string[] => hosts.map((host) => `    ${host}: ${placeOf(fileOf(host))}`);

/** Of an account that was there before the hub: its password never lay in the hub's folder. */
const placeOf = (file: string): string =>
  existsSync(file) ? file : "the file that `nixwave init`, or whoever made its account, wrote";

const LOOPBACK = /\/\/(127\.0\.0\.1|localhost|\[::1\])/;
const isOnlyHere = (url: string): boolean => LOOPBACK.test(url);

/** A host cannot use a loopback address of this machine. */
const brokerForHosts = (url: string): string =>
  url.replace(/\/\/(127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\])/, "//THIS-MACHINE");
