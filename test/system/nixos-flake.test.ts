import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MEMORY_FORMS, rangeOf } from "../../agent/activator/memory-forms.ts";
import { parseDeploySpec } from "../../src/cli/deploy-spec.ts";
import { needs } from "../support/system-parts.ts";
import { evaluated } from "./nixos-rig.ts";

const FLAKE = "((import ./flake.nix).outputs { nixpkgs.lib.genAttrs = _: _: { }; })";
const RP4 = "/nix/store/00000000000000000000000000000001-nixos-system-rp4-26.05";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nixwave-flake-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = (file: string, text: string): string => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
  return file;
};

describe.skipIf(needs("nix").skip)("the flake", () => {
  it.each(["agent", "hub"])("offers the module that these tests evaluate: %s", (part) => {
    expect(evaluated(`toString ${FLAKE}.nixosModules.${part}`)).toBe(
      resolve(`nix/modules/${part}.nix`),
    );
  });

  it("writes a release that our publisher reads as Cachix's deploy spec", () => {
    const spec = evaluated<string>(`(${FLAKE}.lib.release {
      pkgs.writeText = _: text: text;
      nixosConfigurations.rp4.config.system.build.toplevel.outPath = "${RP4}";
    })`);
    expect(parseDeploySpec(Buffer.from(spec))).toEqual([{ host: "rp4", storePath: RP4 }]);
  });

  it("makes a package of two bundles, which says what memory its activator knows", () => {
    const bundles = join(folder, "bundles");
    const node = program(join(folder, "node/bin/node"), '#!/bin/sh\necho "$1 with $2"\n');
    for (const name of ["nixwave-agent", "nixwave-activator"]) {
      program(join(bundles, `${name}.mjs`), "");
    }
    const { attrs, text } = evaluated<{
      attrs: { passthru: { memoryForms: unknown } };
      text: string;
    }>(`import ./nix/package.nix {
      runCommand = _: attrs: text: { inherit attrs text; };
      runtimeShell = "/bin/sh";
      nodejs_24 = "${resolve(node, "../..")}";
      bundles = "${bundles}";
    }`);
    const out = join(folder, "out");
    execFileSync("sh", ["-eu", "-c", text], { env: { PATH: process.env["PATH"], out } });
    for (const name of ["nixwave-agent", "nixwave-activator"]) {
      const said = execFileSync(join(out, "bin", name), ["an argument"], { encoding: "utf8" });
      expect(said).toBe(`${out}/lib/${name}.mjs with an argument\n`);
    }
    expect(attrs.passthru.memoryForms).toEqual(rangeOf(MEMORY_FORMS));
  });
});
