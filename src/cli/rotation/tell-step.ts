import type { HostName } from "../../contract/index.ts";
import { shellWord } from "../files.ts";
import type { Paint } from "../paint.ts";
import type { HomePlaces, KeyRole } from "../setup/home-places.ts";
import { type HomeInNix, keysNix } from "../setup/nix-of-home.ts";
import { type KeyRing, type Rotation, type RotationStep, trustedOf } from "../setup/trust-book.ts";
import { tableText } from "../words.ts";
import type { HostWeight } from "./weigh-hosts.ts";

const NUMBER: Readonly<Record<RotationStep, number>> = { trust: 1, sign: 2, drop: 3 };

/** What to do in the step under way, in words and commands. */
export function tellStep(
  role: KeyRole,
  places: HomePlaces,
  nix: HomeInNix,
  paint: Paint,
): readonly string[] {
  const ring = nix.book[role];
  const { rotation } = ring;
  if (rotation === null) return [];
  const head = `step ${NUMBER[rotation.step]} of 3: ${headOf(ring, rotation)}`;
  return [
    paint("strong", head),
    "",
    ...(rotation.step === "sign" ? install(role, places, ring) : []),
    ...fleetNode(role, nix, ring),
    "  In nixwave.nix (services.nixwave.agent), on every host:",
    keysNix(nix),
    "",
    "  Commit it, let CI build and sign, let the rollout end. Hosts that sleep get it when they are back.",
    `  Then: nixwave keys rotate ${role} --next, which looks whether every host has it`,
    "",
    ...(rotation.stolen ? stolenWords(nix) : []),
  ];
}

function headOf({ active }: KeyRing, { step, from, stolen }: Rotation): string {
  if (step === "trust") return `every host learns to trust ${active}; ${from} still signs`;
  if (step === "drop") return `no host trusts ${from} any longer`;
  return stolen
    ? `${active} signs, and nobody trusts ${from} any longer`
    : `${active} signs instead of ${from}, which is still trusted`;
}

function install(role: KeyRole, places: HomePlaces, { active }: KeyRing): readonly string[] {
  const file = places.secretKey(role, active);
  return role === "ci"
    ? [
        `  In CI: gh secret set NIXWAVE_SIGNING_KEY < ${shellWord(file)}`,
        "  (for a host that sleeps and was left: sign with both keys meanwhile, --key OLD --key NEW)",
        "",
      ]
    : [
        "  In Node-RED's editor: open the fleet's dialog, paste the content of",
        `  ${file} as the hub's key, Deploy. Its next orders are signed with it.`,
        "",
      ];
}

/** The hub checks releases with the keys of its own dialog. */
function fleetNode(role: KeyRole, { publicKeys }: HomeInNix, ring: KeyRing): readonly string[] {
  if (role === "hub") return [];
  return [
    "  In the fleet's dialog, release keys, one a line:",
    ...trustedOf(ring).map((name) => `    ${publicKeys.get(name) ?? name}`),
    "",
  ];
}

const stolenWords = ({ book }: HomeInNix): readonly string[] => [
  `  trustEpoch = ${book.epoch} makes each host forget how far the thief drove its serials and counter. A host that took`,
  "  something of his refuses yours until it has that line: give it to that host by hand, nixos-rebuild, and look at what",
  "  runs there first (nixwave-agent history).",
  "",
];

/** How far every host is. */
export const tellHosts = (
  weights: readonly HostWeight[],
  left: readonly HostName[],
): readonly string[] =>
  tableText(
    weights.map(({ host, isDone, why }) => [
      `  ${host}`,
      left.includes(host) && !isDone ? `left behind: ${why}` : isDone ? "✓" : `waits: ${why}`,
    ]),
  ).map((cells) => cells.join(""));

/** The end: what is left to a person. */
export const tellEnd = (from: string, ring: KeyRing, places: HomePlaces): readonly string[] => [
  `${from} is trusted by no host any more: remove its secret wherever it lies.`,
  `${ring.active} signs; ${ring.spare} is the spare (${places.spareKey(ring.spare)}): it belongs away from this machine.`,
];
