import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { searchPath } from "../../../tools/system-parts.ts";
import { type FetchedPackage, startLocalRegistry } from "../../support/local-registry.ts";
import { needs } from "../../support/system-parts.ts";
import { evaluated } from "../nixos-rig.ts";

const run = promisify(execFile);
const PACKAGES = ["agent", "cli", "node-red-nodes", "demo"] as const;

/**
 * Every derivation of the flake's packages is built here by a real Nix, in a store of its own and without a sandbox,
 * with this machine's tools in the place of nixpkgs', from the archives that the lock names.
 */
describe.skipIf(needs("nix").skip)("the flake's packages, built", () => {
  let folder: string;
  let env: Readonly<Record<string, string>>;
  const built = new Map<string, string>();
  const nix = async (program: string, ...args: readonly string[]): Promise<string> =>
    (await run(program, args, { env, maxBuffer: 64 * 1024 * 1024 })).stdout.trim();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixwave-packages-"));
    const system = process.arch === "arm64" ? "aarch64-linux" : "x86_64-linux";
    const locked = evaluated<readonly FetchedPackage[]>(
      `import ./nix/packages/locked.nix { system = "${system}"; }`,
    );
    await using registry = await startLocalRegistry(locked);
    const path = searchPath(process.env["PATH"]);
    const { stdout: npm } = await run("sh", ["-c", "command -v npm"]);
    await mkdir(join(folder, "node", "bin"), { recursive: true });
    await symlink(process.execPath, join(folder, "node", "bin", "node"));
    await symlink(npm.trim(), join(folder, "node", "bin", "npm"));
    env = {
      ...{ PATH: path, HOME: folder, NPM_CONFIG_REGISTRY: registry.url, NIX_REMOTE: "" },
      NIX_STORE_DIR: join(folder, "store"),
      NIX_STATE_DIR: join(folder, "var"),
      NIX_LOG_DIR: join(folder, "log"),
      NIX_CONF_DIR: folder,
      NIX_CONFIG: "sandbox = false\nbuild-users-group =\nsubstituters =\nmax-jobs = 2",
    };
    const expression = `let ours = import ${process.cwd()}/nix/packages { pkgs = import ${process.cwd()}/nix/test/plain-pkgs.nix {
      system = "${system}"; node = "${join(folder, "node")}"; path = "${path}"; }; };
      in [ ${PACKAGES.map((name) => `ours.${name}`).join(" ")} ]`;
    const outputs = await nix("nix-build", "--no-out-link", "-E", expression);
    for (const [place, output] of outputs.split("\n").entries()) {
      built.set(PACKAGES[place] ?? "", output);
    }
    expect(registry.missing).toEqual([]);
  }, 300_000);
  afterAll(async () => {
    await run("chmod", ["-R", "u+w", folder]);
    await rm(folder, { recursive: true });
  });

  const packageOf = (name: (typeof PACKAGES)[number]): string => built.get(name) ?? "";

  test("the host's programs start, and bring nothing to a host but themselves", async () => {
    const agent = packageOf("agent");
    for (const program of ["nixwave-agent", "nixwave-activator"]) {
      const { stdout } = await run(join(agent, "bin", program), ["--help"], { env });
      expect(stdout).toContain(`Usage: ${program} --config FILE`);
    }
    expect(await nix("nix-store", "--query", "--requisites", agent)).toBe(agent);
  });

  test("the command line starts, and finds what it needs in the store", async () => {
    const nixwave = join(packageOf("cli"), "bin", "nixwave");
    const { version } = JSON.parse(await readFile("src/package.json", "utf8"));
    expect((await run(nixwave, ["--version"], { env })).stdout.trim()).toBe(version);
    expect((await run(nixwave, ["hub", "--help"], { env })).stdout).toContain("Usage: nixwave hub");
    const keys = join(folder, "keys");
    await mkdir(keys);
    await run(nixwave, ["keygen", "ci-1"], { env, cwd: keys });
    expect(await readFile(join(keys, "ci-1.public"), "utf8")).toMatch(/^ci-1:/);
    const referred = await nix("nix-store", "--query", "--references", packageOf("cli"));
    expect(referred).toMatch(/-nixwave-node-modules$/m);
    const resolve = `process.stdout.write(require.resolve("node-red", { paths: [process.argv[1]] }))`;
    const program = join(packageOf("cli"), "lib", "src", "nixwave", "program");
    const { stdout: found } = await run(process.execPath, ["-e", resolve, program]);
    expect(dirname(found)).toContain("-nixwave-node-modules/node_modules/node-red/");
  });

  test("the nodes lie where Node-RED looks for a package", async () => {
    const nodes = join(packageOf("node-red-nodes"), "lib/node_modules/@nixwave/node-red");
    const manifest = JSON.parse(await readFile(join(nodes, "package.json"), "utf8"));
    expect(Object.keys(manifest["node-red"].nodes)).toHaveLength(10);
    const { default: set } = await import(join(nodes, manifest["node-red"].nodes["nixwave-gate"]));
    expect(set).toBeTypeOf("function");
  });

  test("what `nix run .#demo` starts plays the demo to its end, out of the store", async () => {
    const { PATH, HOME } = env;
    const demo = join(packageOf("demo"), "bin", "nixwave-demo");
    const { stdout } = await run(demo, ["--once", "--limit", "4m"], { env: { PATH, HOME } });
    expect(stdout).toContain("All of it was seen in what the hosts themselves reported.");
  }, 300_000);
});
