import { existsSync } from "node:fs";
import { relative } from "node:path";
import { type BrokerUrl, brokerEndpoint, parseBrokerUrl } from "../../bus/index.ts";
import { shellWord } from "../files.ts";
import type { Paint } from "../paint.ts";
import type { HomePlaces } from "./home-places.ts";
import { type HomeInNix, hubNix, releaseUrl } from "./nix-of-home.ts";

interface Told {
  readonly places: HomePlaces;
  readonly nix: HomeInNix;
}

/** How the hub comes to its machine: its files, its module, and the command where there is no NixOS. */
export function tellHub({ places, nix: home }: Told, paint: Paint): readonly string[] {
  const { hub: where, mosquitto } = home.settings;
  const on = where ?? "the machine of the hub";
  const to = `ssh root@${where ?? "HUB"}`;
  const secret = relative(places.folder, places.secretKey("hub", home.book.hub.active));
  return [
    paint("strong", `5. The hub, on ${on}`),
    "",
    `  Its begun folder, before it gets the configuration; ${secret} signs orders:`,
    `    tar -C ${shellWord(places.hub)} -cf - . | ${to} 'umask 077; mkdir -p ${STATE} && tar -xf - -C ${STATE}'`,
    ...(mosquitto
      ? ["  Each account's password, for mosquitto to read:", ...passwordLines(places, home, to)]
      : [
          "  Its broker reads accounts.json in it when it starts: bring that again after a host was added.",
        ]),
    "",
    hubNix(home),
    `  It lies beside flake.nix, for Git to know; there, among the modules of ${on} alone:`,
    "    nixwave.nixosModules.hub ./hub.nix",
    "",
    "  Without NixOS, in the folder that holds hub/ and keys/:",
    `    ${commandOf(home)}`,
    "",
  ];
}

const STATE = "/var/lib/nixwave-hub";

function passwordLines(
  places: HomePlaces,
  { hosts, people }: HomeInNix,
  to: string,
): readonly string[] {
  const files: readonly (readonly [string, string])[] = [
    ["hub", places.hubPassword],
    ["ci", places.ciPassword],
    ...people.map((person) => [person, places.password(person)] as const),
    ...hosts.map((host) => [host, places.credentials(host)] as const),
  ];
  return files.map(([name, file]) => {
    if (!existsSync(file)) return `    ${name}: taken away already`;
    const at = `/etc/nixwave/mqtt/${name}.password`;
    return `    ${to} 'install -Dm 0400 -o mosquitto /dev/stdin ${at}' < ${shellWord(file)}`;
  });
}

function commandOf({ settings, book, hosts }: HomeInNix): string {
  const { hub: where, mosquitto, fleet, channel, broker } = settings;
  return [
    "nixwave hub --state hub",
    ...hosts.map((host) => `--host ${host}`),
    ...[book.ci.active, book.ci.spare].map((name) => `--release-key keys/${name}.public`),
    `--fleet ${fleet}${where ? ` --carrier ${where}` : ""}`,
    `--release-url ${releaseUrl(channel)}`,
    mosquitto ? `--broker ${broker} --user hub --password-file hub/passwords/hub` : doorOf(broker),
  ].join(" ");
}

function doorOf(broker: BrokerUrl): string {
  const { protocol, port } = brokerEndpoint(parseBrokerUrl(broker));
  const isPlain = protocol === "mqtt" || protocol === "ws";
  return isPlain
    ? `--mqtt 0.0.0.0:${port}`
    : `--mqtt-tls 0.0.0.0:${port} --cert hub.pem --key hub.key`;
}
