import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { openWorkshop } from "../../cli/memory-io.ts";
import { needs } from "../../support/system-parts.ts";
import { DemoTerminal } from "./demo-terminal.ts";

const PATH = `${resolve("node_modules/.bin")}:${process.env["PATH"]}`;

async function scriptFor(shell: string): Promise<{ folder: string; file: string }> {
  const workshop = await openWorkshop();
  const { stdout } = await workshop.nixwave(["completion", shell]);
  await workshop.remove();
  const folder = await mkdtemp(join(tmpdir(), "nixwave-shell-"));
  const file = join(folder, "_nixwave");
  await writeFile(file, stdout);
  return { folder, file };
}

it.skipIf(needs("fish").skip)("fish completes commands, options and their meaning", async () => {
  const { folder, file } = await scriptFor("fish");
  try {
    const ask = async (line: string): Promise<string> => {
      const command = `source ${file}; complete -C '${line}'`;
      const env = { PATH, HOME: folder, XDG_CONFIG_HOME: folder };
      return (await promisify(execFile)("fish", ["--no-config", "-c", command], { env })).stdout;
    };
    expect(await ask("nixwave sta")).toBe(
      "status\tshow the rollout, the hosts, and what to do next\n",
    );
    expect(await ask("nixwave status --wa")).toMatch(/^--watch\tkeep it on the screen/);
    expect(await ask("nixwave history --wa")).toBe("");
    expect(await ask("nixwave flow ex")).toMatch(/^export/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it.skipIf(needs("zsh", "tmux").skip)("zsh completes commands and options", async () => {
  const { folder, file } = await scriptFor("zsh");
  const terminal = await DemoTerminal.open({
    ...{ name: `nixwave-zsh-${randomUUID()}`, columns: 100, rows: 30, command: "zsh -f" },
    env: { PATH, HOME: folder, ZDOTDIR: folder },
  });
  try {
    await terminal.type(`PS1='ready> '; autoload -U compinit; compinit -u; source ${file}; clear`);
    await terminal.press("Enter");
    await terminal.until(/^ready> *$/m, 20_000);
    await terminal.type("nixwave sta");
    await terminal.press("Tab");
    await terminal.until(/^ready> nixwave status *$/m, 20_000);
    await terminal.type("--wa");
    await terminal.press("Tab");
    await terminal.until(/^ready> nixwave status --watch *$/m, 20_000);
  } finally {
    await terminal.close();
    await rm(folder, { recursive: true, force: true });
  }
});
