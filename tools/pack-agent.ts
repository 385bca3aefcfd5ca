import { chmod, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleProgram } from "./bundle.ts";
import { writeBundledLicences } from "./bundled-licences.ts";

const ROOT = join(import.meta.dirname, "..");
const PROGRAMS = ["nixwave-agent", "nixwave-activator"] as const;

/**
 * Writes the package of the host's two programs, for who runs them without the NixOS module: one file each, which needs
 * nothing but Node.
 * @param target an absolute path; what was there is removed
 */
export async function packAgent(target: string): Promise<void> {
  const own = JSON.parse(await readFile(join(ROOT, "agent", "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license: string;
  };
  await rm(target, { recursive: true, force: true });
  await mkdir(join(target, "bin"), { recursive: true });
  const metafiles = [];
  for (const program of PROGRAMS) {
    const file = join(target, "bin", `${program}.mjs`);
    metafiles.push(await bundleProgram(program, file));
    await chmod(file, 0o755);
  }
  await writeBundledLicences(metafiles, ROOT, join(target, "LICENSES-OF-OTHERS.txt"));
  await cp(join(ROOT, "LICENSE"), join(target, "LICENSE"));
  await cp(join(ROOT, "agent", "README.md"), join(target, "README.md"));
  const manifest = {
    ...{ name: own.name, version: own.version, license: own.license, type: "module" },
    description: "The part of Nixwave that runs on a NixOS host: agent and activator.",
    keywords: ["nixos", "mqtt", "deployment", "home-automation"],
    bin: Object.fromEntries(PROGRAMS.map((program) => [program, `bin/${program}.mjs`])),
    engines: { node: ">=22.15" }, // process.execve: the activator becomes flock
    os: ["linux"],
  };
  await writeFile(join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
