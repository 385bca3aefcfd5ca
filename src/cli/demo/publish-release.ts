import process from "node:process";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { NixwaveError } from "../../contract/index.ts";
import { CHANNEL, type DemoHome, FLEET } from "./demo-home.ts";
import type { DemoRelease } from "./make-release.ts";

const NIXWAVE = fileURLToPath(new URL("../main.ts", import.meta.url));
const LIMIT_MS = 60_000;

/** What CI does at the end of its run: `nixwave publish`, as a process of its own. */
export async function publishRelease(
  home: DemoHome,
  { specFile, title }: DemoRelease,
  places: { readonly brokerUrl: string; readonly cacheUrl: string },
  environment: Readonly<Record<string, string>>,
  tell: (line: string) => void,
): Promise<void> {
  const args = [
    ...["publish", specFile, "--store", places.cacheUrl, "--key", home.signingKeyFile],
    ...home.hosts.flatMap(({ host, system }) => ["--system", `${host}=${system}`]),
    ...["--fleet", FLEET, "--channel", CHANNEL, "--title", title],
    ...["--broker", places.brokerUrl, "--user", "ci", "--password-file", home.passwordFile("ci")],
  ];
  const child = execa(process.execPath, [NIXWAVE, ...args], {
    ...{ env: environment, extendEnv: false, cwd: home.directory, timeout: LIMIT_MS },
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
    throw new NixwaveError("demo-not-deployed", `nixwave publish ended with ${exitCode}: ${said}`);
  }
}
