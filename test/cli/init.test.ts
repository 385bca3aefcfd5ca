import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAccounts, readAccountsFile } from "../../src/broker/index.ts";
import { parsePublicKey, parseSecretKey } from "../../src/contract/index.ts";
import { openWorkshop, type Ran, type Workshop } from "./memory-io.ts";

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.remove());

const FIRST = "init --broker mqtts://nuc.lan:8883 --hub nuc --host rp4 --host nuc";
const line = (text: string): Promise<Ran> => workshop.nixwave(text.split(" "));
const home = (...names: string[]): string => workshop.at("nixwave-home", ...names);
const textOf = (...names: string[]): Promise<string> => readFile(home(...names), "utf8");

/** Every file of the home with its bytes; the lock's own file is none of it. */
async function filesOf(): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(home(), { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile() && !one.name.startsWith("nixwave."));
  const named = files.map((one) => join(one.parentPath, one.name)).sort();
  return new Map(
    await Promise.all(
      named.map(async (file) => [relative(home(), file), await readFile(file, "utf8")] as const),
    ),
  );
}

const secretsIn = (files: ReadonlyMap<string, string>): readonly string[] =>
  [...files]
    .filter(([name]) => /secret$|password|credentials$/.test(name))
    .map(([, text]) => text.trim());

describe("init", () => {
  test("makes keys, accounts and credentials of a home at once", async () => {
    const { status, stderr } = await line(FIRST);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect([...(await filesOf()).keys()]).toEqual([
      ...["ci/broker-password", "ci/ci-1.secret", "home.json"],
      ...["hosts/nuc/credentials", "hosts/rp4/credentials"],
      ...["hub/accounts.json", "hub/keys/hub.secret", "hub/passwords/hub"],
      ...["keys/ci-1.public", "keys/ci-2.public", "keys/hub-1.public", "keys/hub-2.public"],
      ...["keys/trust.json", "offline/ci-2.secret", "offline/hub-2.secret"],
      "people/me.password",
    ]);
    const accounts = openAccounts(await readAccountsFile(home("hub", "accounts.json")));
    expect(accounts.users).toEqual(["hub", "ci", "me", "rp4", "nuc"]);
    const password = (await textOf("hosts", "rp4", "credentials")).trim();
    expect((await accounts.authenticate("rp4", Buffer.from(password)))?.role).toBe("host");
  });

  test("each secret key belongs to the public key that hosts get, and all four differ", async () => {
    await line(FIRST);
    const materials = await Promise.all(
      (
        [
          ["ci-1", "ci/ci-1.secret"],
          ["ci-2", "offline/ci-2.secret"],
          ["hub-1", "hub/keys/hub.secret"],
          ["hub-2", "offline/hub-2.secret"],
        ] as const
      ).map(async ([name, file]) => {
        const secret = parseSecretKey(await textOf(file));
        const known = parsePublicKey(await textOf("keys", `${name}.public`));
        expect(known.name).toBe(name);
        expect(secret.publicKey.material).toBe(known.material);
        return known.material;
      }),
    );
    expect(new Set(materials).size).toBe(4);
  });

  test("secrets are for their owner alone, a host's credentials for reading only", async () => {
    await line(FIRST);
    const modeOf = async (name: string): Promise<number> => (await stat(home(name))).mode & 0o777;
    expect(await modeOf("")).toBe(0o700);
    expect(await modeOf("hosts/rp4/credentials")).toBe(0o400);
    for (const name of ["ci/ci-1.secret", "offline/hub-2.secret", "hub/accounts.json"]) {
      expect(await modeOf(name)).toBe(0o600);
    }
  });

  test("prints no secret, but where it lies; with --show-secrets those for GitHub", async () => {
    const quiet = await line(FIRST);
    const files = await filesOf();
    expect(secretsIn(files)).toHaveLength(10 - 1);
    for (const secret of secretsIn(files)) expect(quiet.stdout).not.toContain(secret);
    expect(quiet.stdout).toContain(`gh secret set NIXWAVE_SIGNING_KEY < ${home("ci/ci-1.secret")}`);
    const loud = await line("init --host rp4 --show-secrets");
    const shown = secretsIn(files).filter((secret) => loud.stdout.includes(secret));
    expect(shown).toEqual(
      [await textOf("ci/broker-password"), await textOf("ci/ci-1.secret")].map((one) => one.trim()),
    );
  });

  test("prints commands that can be pasted, whatever the folder is called", async () => {
    const args = ["init", "anna's home", ...FIRST.split(" ").slice(1)];
    const { stdout } = await workshop.nixwave(args);
    const quoted = workshop.at("anna'\\''s home");
    expect(stdout).toContain(`gh secret set NIXWAVE_SIGNING_KEY < '${quoted}/ci/ci-1.secret'`);
    expect(stdout).toContain(`&& shred -u '${quoted}/offline'/*.secret`);
    expect(stdout).toContain(`< '${quoted}/hosts/rp4/credentials'`);
    await chmod(workshop.at("anna's home"), 0o755);
    expect((await workshop.nixwave(args)).stderr).toContain(`run: chmod 700 '${quoted}'`);
  });

  test("prints the Nix with both keys of each kind, and how each host gets its password", async () => {
    const { stdout } = await line(FIRST);
    for (const name of ["ci-1", "ci-2", "hub-1", "hub-2"]) {
      expect(stdout).toContain(`"${(await textOf("keys", `${name}.public`)).trim()}"`);
    }
    expect(stdout).toContain('broker.url = "mqtts://nuc.lan:8883";');
    expect(stdout).toContain('broker.passwordFile = "/etc/nixwave/credentials";');
    expect(stdout).toContain("ssh root@rp4 'install -Dm 0400 /dev/stdin /etc/nixwave/credentials'");
    expect(stdout).toContain("MOVE offline/ AWAY");
    expect(stdout).not.toContain("services.mosquitto");
  });

  test("prints the module of the hub, with the broker that was asked for", async () => {
    const own = (await line(FIRST)).stdout;
    expect(own).toContain('hosts = [ "rp4" "nuc" ];\n    carriers = [ "nuc" ];');
    expect(own).toContain('broker.mqttTls = [ "0.0.0.0:8883" ];');
    expect(own).toContain("/releases/download/nixwave/main.json");
    expect(own).toContain("main.json --mqtt-tls 0.0.0.0:8883 --cert hub.pem --key hub.key\n");
    expect(own).toContain(`--user me --password-file ${home("people/me.password")}\n`);
  });

  test("with --mosquitto prints the hub's module for services.mosquitto", async () => {
    const { stdout } = await line(`${FIRST} --mosquitto`);
    expect(stdout).toContain('broker.kind = "mosquitto";');
    expect(stdout).toContain('broker.people = [ "me" ];');
    const accounts = [
      ["hub", "hub/passwords/hub"],
      ["ci", "ci/broker-password"],
      ["me", "people/me.password"],
      ["rp4", "hosts/rp4/credentials"],
    ];
    for (const [name, file = ""] of accounts) {
      expect(stdout).toContain(`/etc/nixwave/mqtt/${name}.password' < ${home(file)}\n`);
    }
    expect(stdout).toContain("then remove both files here, the second after 5:");
  });

  test("run again it adds a host and changes nothing else, byte for byte", async () => {
    await line(FIRST);
    const before = await filesOf();
    const { status, stdout } = await line("init --host rp5");
    expect(status).toBe(0);
    expect(stdout).toContain("accounts added: rp5");
    const after = new Map(await filesOf());
    after.delete("hosts/rp5/credentials");
    const grown = after.get("hub/accounts.json") ?? "";
    const old = before.get("hub/accounts.json") ?? "";
    expect(grown.startsWith(old.slice(0, old.lastIndexOf("\n  ]")))).toBe(true);
    after.set("hub/accounts.json", old);
    expect(after).toEqual(before);
  });

  test("run again for the same hosts it changes nothing at all, and says so", async () => {
    await line(FIRST);
    const before = await filesOf();
    const { stdout } = await line(FIRST);
    expect(stdout).toContain("nothing was changed");
    expect(await filesOf()).toEqual(before);
  });

  test("what has gone where it belongs is not made anew", async () => {
    await line(FIRST);
    for (const gone of ["offline", "ci", "hosts", "people"]) {
      await rm(home(gone), { recursive: true });
    }
    const before = await filesOf();
    const { stdout } = await line("init --host rp4 --host nuc");
    expect(await filesOf()).toEqual(before);
    expect(stdout).not.toContain("MOVE offline/");
    expect(stdout).toContain("rp4: taken away already");
    expect(stdout).toContain("NIXWAVE_SIGNING_KEY: taken away already");
  });

  test("without its accounts it refuses: hosts would get passwords that no broker knows", async () => {
    await line(FIRST);
    await rm(home("hub"), { recursive: true });
    const { status, stderr } = await line("init --host rp5");
    expect(stderr).toContain("error[home-incomplete]");
    expect(status).toBe(5);
  });
});

describe("init refuses", () => {
  test.each([".git", "flake.nix"])("a folder inside of what has a %s", async (sign) => {
    await mkdir(workshop.at("flake"));
    await writeFile(workshop.at("flake", sign), "");
    const { status, stderr } = await line(`init flake/home --broker mqtt://nuc.lan --host rp4`);
    expect(stderr).toContain("error[home-folder-public]");
    expect(stderr).toContain(sign);
    expect(status).toBe(2);
    expect(await readdir(workshop.at("flake"))).toEqual([sign]);
  });

  test("a folder into which others can look", async () => {
    await mkdir(home());
    await chmod(home(), 0o755);
    const { status, stderr } = await line(FIRST);
    expect(stderr).toContain("error[secret-exposed]");
    expect(status).toBe(5);
  });

  test("a first run without the broker's address, before it makes anything", async () => {
    const { status, stderr } = await line("init --host rp4");
    expect(stderr).toContain("--broker URL");
    expect(status).toBe(2);
    expect([...(await filesOf()).keys()]).toEqual([]);
  });

  test("another broker than hosts already have", async () => {
    await line(FIRST);
    const before = await filesOf();
    const { status, stderr } = await line("init --host rp5 --broker mqtt://other.lan");
    expect(stderr).toContain('home.json says broker "mqtts://nuc.lan:8883"');
    expect(status).toBe(2);
    expect(await filesOf()).toEqual(before);
  });

  test("a host that would be two accounts", async () => {
    const { status, stderr } = await line("init --broker mqtt://nuc.lan --host hub");
    expect(stderr).toContain("error[account-exists]");
    expect(status).toBe(2);
  });

  test("to guess hosts where there is no Nix, and says what to do instead", async () => {
    const ran = await workshop.nixwave(["init", "--broker", "mqtt://nuc.lan"], {
      env: { PATH: workshop.folder },
    });
    expect(ran.stderr).toContain("error[nix-missing]");
    expect(ran.stderr).toContain("--host rp4");
    expect(ran.status).toBe(4);
  });
});
