import process from "node:process";
import { execa } from "execa";
import { NixwaveError } from "../../contract/index.ts";
import { PLACES } from "../places.ts";
import { CHANNEL, type DemoHome, FLEET } from "./demo-home.ts";
import type { Places } from "./ground.ts";
import type { Environment } from "./host-nix.ts";
import type { DemoRelease } from "./make-release.ts";

const LIMIT_MS = 60_000;

type TellLine = (line: string) => void;

/** What CI does at the end of its run: `nixwave publish`, as a process of its own. */
export async function publishRelease(
  home: DemoHome,
  { specFile, title }: DemoRelease,
  { brokerUrl, cacheUrl }: Places,
  environment: Environment,
  tell: TellLine,
): Promise<void> {
  const systems = home.hosts.flatMap(({ host, system }) => ["--system", `${host}=${system}`]);
  const args = [
    ...["publish", specFile, "--store", cacheUrl, ...signing(home, title), ...systems],
    ...["--broker", brokerUrl, ...asCi(home)],
  ];
  await nixwave(args, home, environment, tell);
}

/** The same without Nix: `nixwave sign` and `nixwave announce`, with a description that the demo wrote itself. */
export async function signAndAnnounce(
  home: DemoHome,
  { descriptionFile, title }: DemoRelease,
  { brokerUrl }: Places,
  environment: Environment,
  tell: TellLine,
): Promise<void> {
  const signed = `${descriptionFile}.signed`;
  const sign = ["sign", descriptionFile, "--previous", "none", "--out", signed];
  await nixwave([...sign, ...signing(home, title)], home, environment, tell);
  await nixwave(
    ["announce", signed, "--broker", brokerUrl, ...asCi(home)],
    home,
    environment,
    tell,
  );
}

const signing = ({ signingKeyFile }: DemoHome, title: string): readonly string[] => [
  ...["--key", signingKeyFile, "--fleet", FLEET, "--channel", CHANNEL, "--title", title],
];

const asCi = (home: DemoHome): readonly string[] => [
  ...["--user", "ci", "--password-file", home.passwordFile("ci")],
];

async function nixwave(
  args: readonly string[],
  { directory }: DemoHome,
  environment: Environment,
  tell: TellLine,
): Promise<void> {
  const child = execa(process.execPath, [PLACES.nixwave, ...args], {
    ...{ env: environment, extendEnv: false, cwd: directory, timeout: LIMIT_MS },
    ...{ all: true, stdin: "ignore", reject: false, cleanup: false }, // see host-agent.ts
  });
  const lines: string[] = [];
  for await (const line of child.iterable({ from: "all" })) {
    lines.push(line);
    tell(line);
  }
  const { exitCode } = await child;
  if (exitCode !== 0) {
    const said = lines.slice(-3).join("\n");
    const command = `nixwave ${args[0] ?? ""}`;
    throw new NixwaveError("demo-not-deployed", `${command} ended with ${exitCode}: ${said}`);
  }
}
