import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { SYSTEM_PARTS } from "../../tools/system-parts.ts";
import { needs } from "../support/system-parts.ts";

const FLAKE = resolve("flake.nix");

/** nixpkgs, as far as the flake may know it: Node and the listed parts, each as its own name. */
const stubOfNixpkgs = (node: string): string => {
  const parts = Object.values(SYSTEM_PARTS).map(({ nixpkgs }) => `"${nixpkgs}" = "${nixpkgs}";`);
  const packages = `{
    nodejs_24 = "${node}";
    runtimeShell = "/bin/sh";
    writeShellScript = name: text: "#!/bin/sh\\n" + text;
    mkShell = arguments: arguments;
    ${parts.join("\n")}
  }`;
  return `{
    lib.genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
    legacyPackages = { x86_64-linux = ${packages}; aarch64-linux = ${packages}; };
  }`;
};

interface Shell {
  readonly packages: readonly string[];
  readonly npm_config_script_shell: string;
}

/** The dev shells by system. Nix evaluates the flake itself; no store, no network. */
const devShells = (node: string): Map<string, Shell> => {
  const shells = `((import ${FLAKE}).outputs { self = { }; nixpkgs = ${stubOfNixpkgs(node)}; }).devShells`;
  const call = `builtins.mapAttrs (system: shells: shells.default) ${shells}`;
  const args = ["--store", "dummy://", "--eval", "--strict", "--json", "--expr", call];
  return new Map(
    Object.entries(JSON.parse(execFileSync("nix-instantiate", args, { encoding: "utf8" }))),
  );
};

describe.skipIf(needs("nix").skip)("the dev shell", () => {
  it.each(["x86_64-linux", "aarch64-linux"])(
    "brings Node and exactly the parts that the tests look for on %s",
    (system) => {
      const shells = devShells("nodejs_24");
      expect(shells.size).toBe(2);
      expect(new Set(shells.get(system)?.packages)).toEqual(
        new Set(["nodejs_24", ...Object.values(SYSTEM_PARTS).map(({ nixpkgs }) => nixpkgs)]),
      );
    },
  );

  it("runs npm's scripts with its own Node, not with the one in node_modules that NixOS cannot start", () => {
    const folder = mkdtempSync(join(tmpdir(), "nixwave-flake-"));
    const program = (name: string, text: string): string => {
      const file = join(folder, name);
      mkdirSync(resolve(file, ".."), { recursive: true });
      writeFileSync(file, text, { mode: 0o755 });
      return file;
    };
    program("node_modules/.bin/node", "#!/bin/sh\necho from node_modules\n");
    program("store/bin/node", '#!/bin/sh\necho from the shell "$@"\n');
    program("package.json", '{ "scripts": { "which": "node \'one argument\'" } }');
    const shell = devShells(join(folder, "store")).get("x86_64-linux")?.npm_config_script_shell;
    const runScript = (scriptShell: string): string =>
      execFileSync("npm", ["run", "--silent", "which"], {
        cwd: folder,
        env: { ...process.env, npm_config_script_shell: scriptShell },
        encoding: "utf8",
      }).trim();
    expect(runScript("/bin/sh")).toBe("from node_modules");
    expect(runScript(program("script-shell", shell ?? ""))).toBe("from the shell one argument");
  });
});
