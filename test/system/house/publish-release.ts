import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CHANNEL, type DemoHome, FLEET } from "../../../src/cli/demo/demo-home.ts";
import type { Environment } from "../../../src/cli/demo/host-nix.ts";
import type { HouseRelease } from "./house-systems.ts";

const NIXWAVE = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

/** What CI does at the end of its run: `nixwave publish`. */
export async function publishRelease(
  home: DemoHome,
  { specFile, title }: HouseRelease,
  places: { readonly brokerUrl: string; readonly cacheUrl: string },
  env: Environment,
): Promise<void> {
  const args = [
    ...["publish", specFile, "--store", places.cacheUrl, "--key", home.signingKeyFile],
    ...home.hosts.flatMap(({ host, system }) => ["--system", `${host}=${system}`]),
    ...["--fleet", FLEET, "--channel", CHANNEL, "--title", title],
    ...["--broker", places.brokerUrl, "--user", "ci", "--password-file", home.passwordFile("ci")],
  ];
  await promisify(execFile)(process.execPath, [NIXWAVE, ...args], { env, cwd: home.directory });
}
