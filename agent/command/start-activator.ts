import { spawn } from "node:child_process";
import { once } from "node:events";
import { NixwaveError } from "../../src/contract/index.ts";

const UNIT = "nixwave-activator.service";

/** systemd's unit on a real host; a process of its own where a folder stands for one. */
export async function startActivator(
  root: string,
  configFile: string,
  program: readonly string[],
): Promise<void> {
  if (root === "/") return expectGood("systemctl", ["start", "--no-block", UNIT]);
  const [file = "", ...args] = program;
  const child = spawn(file, [...args, "--config", configFile], { detached: true, stdio: "ignore" });
  await once(child, "spawn");
  child.unref();
}

async function expectGood(file: string, args: readonly string[]): Promise<void> {
  const child = spawn(file, args, { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(child, "close")) as [number | null];
  if (code === 0) return;
  throw new NixwaveError("program-not-started", `${file} ${args.join(" ")} ended with ${code}`);
}
