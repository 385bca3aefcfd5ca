import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

interface SystemPart {
  /** The programs the tests start; the part is there when all of them are found. */
  readonly binaries: readonly string[];
  /** Debian's packages, with a space between. */
  readonly apt: string;
  /** The attribute of nixpkgs; flake.nix brings exactly these. */
  readonly nixpkgs: string;
  readonly usedFor: string;
  /** What first needs it: `npm test`, or only `npm run test:deep`. */
  readonly since: "test" | "deep";
}

export type PartName = keyof typeof SYSTEM_PARTS;

/** Everything the tests start that npm does not bring. test/system/flake.test.ts compares it with flake.nix. */
export const SYSTEM_PARTS = {
  git: {
    binaries: ["git"],
    apt: "git",
    nixpkgs: "git",
    usedFor: "listing the tracked files that the naming rules read",
    since: "test",
  },
  nix: {
    binaries: ["nix", "nix-store", "nix-instantiate"],
    apt: "nix-bin",
    nixpkgs: "nix",
    usedFor: "real stores, closures and signatures; the dev shell's own test",
    since: "test",
  },
  mosquitto: {
    binaries: ["mosquitto", "mosquitto_passwd"],
    apt: "mosquitto",
    nixpkgs: "mosquitto",
    usedFor: "the bus, publish and access suites against a second broker",
    since: "test",
  },
  "nats-server": {
    binaries: ["nats-server"],
    apt: "nats-server",
    nixpkgs: "nats-server",
    usedFor: "the smoke suite against a broker that can be a cluster",
    since: "test",
  },
  openssl: {
    binaries: ["openssl"],
    apt: "openssl",
    nixpkgs: "openssl",
    usedFor: "throw-away certificates of the TLS tests",
    since: "test",
  },
  curl: {
    binaries: ["curl"],
    apt: "curl",
    nixpkgs: "curl",
    usedFor: "the plain commands for other CI systems",
    since: "test",
  },
  systemd: {
    binaries: ["systemctl", "systemd-run", "systemd-analyze", "dbus-daemon"],
    apt: "systemd dbus",
    nixpkgs: "systemd",
    usedFor: "the PID 1 of simulated hosts",
    since: "test",
  },
  iproute2: {
    binaries: ["ip"],
    apt: "iproute2",
    nixpkgs: "iproute2",
    usedFor: "the network of simulated hosts",
    since: "test",
  },
  "util-linux": {
    binaries: ["unshare", "nsenter", "flock", "setsid"],
    apt: "util-linux",
    nixpkgs: "util-linux",
    usedFor: "the namespaces of simulated hosts, and the host's lock",
    since: "test",
  },
  faketime: {
    binaries: ["faketime"],
    apt: "faketime",
    nixpkgs: "libfaketime",
    usedFor: "the host's bundles under a clock in 1970, and under one that jumps",
    since: "test",
  },
  prometheus: {
    binaries: ["prometheus", "promtool"],
    apt: "prometheus",
    nixpkgs: "prometheus",
    usedFor: "the hub's metrics and alert rules, scraped and checked",
    since: "test",
  },
  tmux: {
    binaries: ["tmux"],
    apt: "tmux",
    nixpkgs: "tmux",
    usedFor: "the demo's picture and keys, and `nixwave status --watch`, in a real terminal",
    since: "deep",
  },
  fish: {
    binaries: ["fish"],
    apt: "fish",
    nixpkgs: "fish",
    usedFor: "what fish completes",
    since: "deep",
  },
  zsh: {
    binaries: ["zsh"],
    apt: "zsh",
    nixpkgs: "zsh",
    usedFor: "what zsh completes",
    since: "deep",
  },
  chromium: {
    binaries: ["chromium"],
    apt: "chromium",
    nixpkgs: "chromium",
    usedFor: "the Node-RED editor in a real browser",
    since: "deep",
  },
} as const satisfies Record<string, SystemPart>;

export const PART_NAMES = Object.keys(SYSTEM_PARTS) as PartName[];

// Debian puts daemons here, and leaves these folders out of the PATH of everybody but root.
const DAEMON_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The PATH to look programs up on and to start them with. */
export const searchPath = (path: string | undefined): string =>
  [...new Set([...(path ?? "").split(delimiter), ...DAEMON_FOLDERS])]
    .filter((folder) => folder !== "")
    .join(delimiter);

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/** Where `binary` lies on this PATH; undefined when it is not there. */
export const findProgram = (binary: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .map((folder) => join(folder, binary))
    .find(isProgram);

/** Which of these parts are not on this PATH. */
export const findMissing = (parts: readonly PartName[], path: string): PartName[] =>
  parts.filter((part) => !SYSTEM_PARTS[part].binaries.every((binary) => findProgram(binary, path)));

export const aptPackages = (parts: readonly PartName[]): string[] =>
  parts.flatMap((part) => SYSTEM_PARTS[part].apt.split(" "));

/** How a person gets these parts, for the end of a sentence. */
export const wayToGet = (parts: readonly PartName[]): string =>
  `\`apt-get install ${aptPackages(parts).join(" ")}\`, or \`nix develop\``;

/** The one variable through which tools/test.ts tells the tests what is missing. */
export const MISSING_PARTS_VARIABLE = "NIXWAVE_MISSING_PARTS";

export const parsePartNames = (list: string): PartName[] =>
  list
    .split(",")
    .filter((name) => name !== "")
    .map((name) => {
      const part = PART_NAMES.find((known) => known === name);
      if (part === undefined) {
        throw new Error(
          `${MISSING_PARTS_VARIABLE} names "${name}"; known: ${PART_NAMES.join(", ")}`,
        );
      }
      return part;
    });

/** Most CI systems set `CI=true`; some set their own name. */
export const isCi = (value: string | undefined): boolean =>
  value !== undefined && !["", "0", "false"].includes(value);
