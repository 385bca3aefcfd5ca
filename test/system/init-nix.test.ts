import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAgentConfig } from "../../agent/config.ts";
import { openWorkshop, type Workshop } from "../cli/memory-io.ts";
import { needs } from "../support/system-parts.ts";

describe.skipIf(needs("nix").skip)("the Nix that init prints", () => {
  let workshop: Workshop;
  let printed = "";
  beforeAll(async () => {
    workshop = await openWorkshop();
    const line = "init --broker mqtt://nuc.lan:1883 --hub nuc --host rp4 --host nuc --mosquitto";
    printed = (await workshop.nixwave(line.split(" "))).stdout;
  });
  afterAll(() => workshop.remove());

  /** What stands from a line to the next brace at its beginning. */
  const moduleFrom = (first: string): string =>
    `${printed.slice(printed.indexOf(first)).split("\n}\n")[0]}\n}\n`;

  test("is taken by the module as it is, and gives the agent's own configuration", async () => {
    const file = workshop.at("nixwave.nix");
    await writeFile(file, moduleFrom("# nixwave.nix"));
    const expression = `(import ./nix/test/evaluate.nix {
      settings = {
        imports = [
          { networking.hostName = "rp4";
            nix.settings.substituters = [ "https://someone.cachix.org" ];
            nix.settings.trusted-public-keys = [ "someone.cachix.org-1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" ]; }
          (import ${file})
        ];
      };
    })`;
    const args = ["--store", "dummy://", "--eval", "--strict", "--json", "--expr"];
    const evaluate = (of: string): unknown =>
      JSON.parse(
        execFileSync("nix-instantiate", [...args, `${expression}.${of}`], { encoding: "utf8" }),
      );
    expect(evaluate("failed")).toEqual([]);
    const bytes = Buffer.from(JSON.stringify(evaluate("agent")));
    const { trust, broker, mode } = parseAgentConfig(bytes, "printed");
    expect([trust.host, trust.fleet, broker, mode]).toEqual([
      ...["rp4", "home", "mqtt://nuc.lan:1883", "observe"],
    ]);
    const release = await readFile(workshop.at("nixwave-home", "keys", "ci-2.public"), "utf8");
    expect(trust.releaseKeys.keys.map(({ name }) => name)).toEqual(["ci-1", "ci-2"]);
    expect(release).toContain(trust.releaseKeys.keys[1]?.material ?? "nothing");
    expect(trust.hubKeys.keys.map(({ name }) => name)).toEqual(["hub-1", "hub-2"]);
  });

  test.each([
    ["sops", "/run/secrets/nixwave"],
    ["age", "/run/agenix/nixwave"],
  ])("gives way to the file for %s that docs/setup.md shows", async (name, path) => {
    const page = await readFile("docs/setup.md", "utf8");
    const fences = [...page.matchAll(/```nix\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
    const shown = workshop.at(`${name}.nix`);
    await writeFile(shown, fences.find((text) => text.includes(`  ${name}.secrets`)) ?? "");
    const whole = workshop.at("whole.nix");
    await writeFile(whole, moduleFrom("# nixwave.nix"));
    const expression = `(import ./nix/test/evaluate.nix {
      settings = { lib, ... }: {
        imports = [ ${whole} ${shown} ];
        options.${name} = {
          defaultSopsFile = lib.mkOption { type = lib.types.anything; };
          age.sshKeyPaths = lib.mkOption { type = lib.types.anything; };
          secrets = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule { options = {
            file = lib.mkOption { type = lib.types.anything; };
            restartUnits = lib.mkOption { type = lib.types.anything; };
            path = lib.mkOption { type = lib.types.str; default = "${path}"; };
          }; }); };
        };
      };
    }).activator.passwordFile`;
    const args = ["--store", "dummy://", "--eval", "--strict", "--json", "--expr", expression];
    const said = execFileSync("nix-instantiate", args, { encoding: "utf8" });
    expect(JSON.parse(said)).toBe(path);
  });

  test.each([
    [
      "mosquitto",
      ["broker.port: no listener of services.mosquitto has TLS"],
      "init --broker mqtt://nuc.lan:8883 --hub nuc --host rp4 --host nuc --mosquitto",
    ],
    ["a broker of its own", [], "init --broker mqtts://nuc.lan --hub nuc --host rp4 --host nuc"],
  ])("is taken by the hub's module as it is, with %s", async (_, warned, line) => {
    const own = await openWorkshop();
    const { stdout } = await own.nixwave(line.split(" "));
    const file = own.at("hub.nix");
    const text = stdout.slice(stdout.indexOf("# hub.nix")).split("\n}\n")[0];
    await writeFile(file, `${text}\n}\n`);
    const made = execFileSync(
      "nix-instantiate",
      [
        ...["--store", "dummy://", "--eval", "--strict", "--json", "--expr"],
        `let made = import ./nix/test/evaluate-hub.nix {
          settings = import ${file};
        }; in { inherit (made) failed warnings; inherit (made.rendered) command; }`,
      ],
      { encoding: "utf8" },
    );
    await own.remove();
    const { failed, warnings, command } = JSON.parse(made) as Record<string, readonly string[]>;
    expect({ failed, warnings }).toEqual({
      ...{ failed: [], warnings: warned.map((why) => expect.stringContaining(why)) },
    });
    expect(command).toEqual(expect.arrayContaining(["--host", "rp4", "--carrier", "nuc"]));
    expect(command).toContain("--release-url");
  });
});

describe.skipIf(needs("nix").skip)("the hosts that init reads", () => {
  test("are those of the flake in this folder", async () => {
    const workshop = await openWorkshop();
    try {
      await writeFile(
        workshop.at("flake.nix"),
        '{ outputs = _: { nixosConfigurations = { rp4 = throw "not evaluated"; nuc = { }; }; }; }\n',
      );
      const flake = `path:${workshop.folder}`;
      const elsewhere = await openWorkshop();
      const line = `init --broker mqtt://nuc.lan --flake ${flake}`.split(" ");
      const { stdout, stderr } = await elsewhere.nixwave(line);
      await elsewhere.remove();
      expect(stderr).toBe("");
      expect(stdout).toContain("accounts added: hub, ci, me, nuc, rp4");
    } finally {
      await workshop.remove();
    }
  });
});
