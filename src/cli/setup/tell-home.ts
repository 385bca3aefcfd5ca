import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { type HostName, NixwaveError } from "../../contract/index.ts";
import { shellWord } from "../files.ts";
import type { Paint } from "../paint.ts";
import { flakeDiff } from "./flake-diff.ts";
import type { HomePlaces } from "./home-places.ts";
import type { MadeHome } from "./make-home.ts";
import { agentNix, CREDENTIALS_FILE, flakeChanges, type HomeInNix } from "./nix-of-home.ts";
import { tellHub } from "./tell-hub.ts";
import { newFileDiff } from "./unified-diff.ts";
import { type Workflow, workflowDiff } from "./workflow-diff.ts";

export interface Told {
  readonly places: HomePlaces;
  readonly made: MadeHome;
  readonly nix: HomeInNix;
  /** The text of flake.nix, and of nixwave.nix beside it; null: not at hand. */
  readonly flake: string | null;
  readonly module: string | null;
  readonly workflows: readonly Workflow[];
  readonly showSecrets: boolean;
}

/** Everything a person does with what was made, in order. No secret is in it unless it was asked for. */
export const tellHome = (told: Told, paint: Paint): string =>
  [
    ...outcome(told, paint),
    ...offline(told, paint),
    ...github(told, paint),
    ...nix(told, paint),
    ...credentials(told, paint),
    ...tellHub(told, paint),
    ...last(told, paint),
  ].join("\n");

function outcome({ places, made }: Told, paint: Paint): readonly string[] {
  const { folder } = places;
  if (made.made.length === 0 && made.added.length === 0) {
    return [`${paint("good", "all there")} in ${folder}; nothing was changed`, ""];
  }
  const accounts = made.added.length === 0 ? "" : `; accounts added: ${made.added.join(", ")}`;
  return [
    `${paint("good", "made")} ${made.made.length} files in ${folder}${accounts}`,
    ...made.made.map((file) => `  ${file}`),
    "",
  ];
}

function offline({ places, nix: { book } }: Told, paint: Paint): readonly string[] {
  const still = [book.ci.spare, book.hub.spare].map(places.spareKey).filter(existsSync);
  if (still.length === 0) return [];
  const here = shellWord(dirname(places.spareKey(book.ci.spare)));
  return [
    paint("warn", "MOVE offline/ AWAY FROM THIS MACHINE, NOW."),
    "The spare keys lie there. Hosts trust them already, so that a key that is lost or stolen is replaced without a",
    "visit to any host; on the same disk as the others they would be lost or stolen with them. For example:",
    `  cp ${here}/*.secret /media/usb/ && shred -u ${here}/*.secret`,
    "",
  ];
}

function github(
  { places, showSecrets, nix: { book, settings } }: Told,
  paint: Paint,
): readonly string[] {
  const when = settings.mosquitto ? ", the second after 5" : "";
  const secrets = [
    ["NIXWAVE_SIGNING_KEY", places.secretKey("ci", book.ci.active), "signs releases"],
    ["NIXWAVE_BROKER_PASSWORD", places.ciPassword, "only for CI that reaches the broker itself"],
  ] as const;
  return [
    paint("strong", "1. Two secrets on GitHub (Settings, Secrets and variables, Actions)"),
    "",
    ...secrets.flatMap(([name, file, why]) => {
      if (!existsSync(file)) return [`  ${name}: taken away already (${file} is gone)`];
      const shown = showSecrets ? [`    ${readFileSync(file, "utf8").trimEnd()}`] : [];
      return [`  ${name}, ${why}:`, `    gh secret set ${name} < ${shellWord(file)}`, ...shown];
    }),
    `  then remove both files here${when}: GitHub keeps them, and the spare key replaces the first if GitHub loses it.`,
    "",
  ];
}

const nix = ({ nix: home, flake, workflows }: Told, paint: Paint): readonly string[] => {
  const change = flake === null ? null : flakeDiff(flake, home.hosts);
  const workflow = workflowDiff(workflows, home.settings.fleet);
  return [
    paint("strong", "2. In the flake of the home"),
    "",
    agentNix(home),
    change === "" ? "flake.nix has it already.\n" : (change ?? flakeChanges(home)),
    paint("strong", "3. In its workflow"),
    "",
    workflow === "" ? "It has the step already.\n" : workflow,
    ...(change !== null && `${change}${workflow}`.includes("@@")
      ? ["Both as one patch, in the flake's folder: nixwave init --patch | git apply --index", ""]
      : []),
  ];
};

/**
 * All changes to the repository of the home that `git apply` can make, and what it cannot in the workflow. A nixwave.nix
 * that is there is its owner's.
 * @throws NixwaveError wrong-usage
 */
export function patchOf({ nix: home, flake, module, workflows }: Told): {
  readonly patch: string;
  readonly byHand: string;
} {
  const change = flake === null ? null : flakeDiff(flake, home.hosts);
  if (change === null) {
    const what = flake === null ? "is not here" : "is written in a way that is not known";
    throw new NixwaveError(
      "wrong-usage",
      `flake.nix ${what}; without --patch the changes are told`,
    );
  }
  const workflow = workflowDiff(workflows, home.settings.fleet);
  const diff = workflow.startsWith("--- ") ? workflow.replaceAll(REMARK, "") : "";
  const byHand = diff === "" ? workflow : (workflow.match(REMARK) ?? []).join("");
  return {
    patch: [module === null ? newFileDiff("nixwave.nix", agentNix(home)) : "", change, diff].join(
      "",
    ),
    byHand: byHand === "" ? "" : `not in the patch, but needed in the workflow:\n${byHand}`,
  };
}

/** No line of a diff itself begins so. */
const REMARK = /^#.*\n/gm;

const credentials = ({ places, nix: { hosts } }: Told, paint: Paint): readonly string[] => [
  paint("strong", "4. Each host's password, outside the store, before it gets the configuration"),
  "",
  ...hosts.map((host) => copyLine(places, host)),
  "",
  "  With sops or agenix a file of that host takes its place; whole in docs/setup.md (2, sops and agenix):",
  "    services.nixwave.agent.broker.passwordFile = lib.mkForce config.sops.secrets.nixwave.path;",
  "    services.nixwave.agent.broker.passwordFile = lib.mkForce config.age.secrets.nixwave.path;",
  "",
];

function copyLine(places: HomePlaces, host: HostName): string {
  const file = places.credentials(host);
  if (!existsSync(file)) return `  ${host}: taken away already`;
  return `  ssh root@${host} 'install -Dm 0400 /dev/stdin ${CREDENTIALS_FILE}' < ${shellWord(file)}`;
}

const last = ({ places, made, nix: { people } }: Told, paint: Paint): readonly string[] => [
  paint("strong", "Later"),
  "",
  "  a new host:   nixwave init --host NAME     adds it, and changes nothing else",
  "  new keys:     nixwave keys rotate ci       or hub; step by step, no host left behind",
  ...people
    .slice(0, 1)
    .map(
      (person) =>
        `  check:        nixwave doctor --broker ${made.settings.broker} --user ${person} --password-file ${shellWord(places.password(person))}`,
    ),
  "",
];
