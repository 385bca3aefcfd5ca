import { readdir, readFile, stat } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parsePublicKey, parseSecretKey } from "../../src/contract/index.ts";
import { openSigningWorkshop, type SigningWorkshop } from "./signing-workshop.ts";

let workshop: SigningWorkshop;
beforeEach(async () => {
  workshop = await openSigningWorkshop();
});
afterEach(() => workshop.remove());

describe("keygen", () => {
  test("makes a pair that belongs together, the secret for its owner alone", async () => {
    const { status, stdout } = await workshop.line("keygen ci-1");
    expect(status).toBe(0);
    const secret = parseSecretKey(await readFile(workshop.at("ci-1.secret"), "utf8"));
    const line = await readFile(workshop.at("ci-1.public"), "utf8");
    expect(parsePublicKey(line).material).toBe(secret.publicKey.material);
    expect((await stat(workshop.at("ci-1.secret"))).mode & 0o777).toBe(0o600);
    expect(stdout).toContain(`services.nixwave.agent.releaseKeys = [ "${line.trim()}" ];`);
    expect(stdout).toContain("NIXWAVE_SIGNING_KEY");
    expect(stdout).not.toContain(await readFile(workshop.at("ci-1.secret"), "utf8"));
  });

  test.each(["ci-1.secret", "ci-1.public"])(
    "never overwrites %s, and makes no half pair",
    async (there) => {
      await workshop.write(there, "precious");
      const { status, stderr } = await workshop.line("keygen ci-1");
      expect(stderr).toContain(`error[file-exists]: ${there}`);
      expect(status).toBe(5);
      expect(await readdir(workshop.folder)).toEqual([there]);
      expect(await readFile(workshop.at(there), "utf8")).toBe("precious");
    },
  );

  test("refuses a name that leads to another folder", async () => {
    const { status, stderr } = await workshop.line("keygen ../ci-1");
    expect(stderr).toContain("error[invalid-name]");
    expect(status).toBe(2);
  });
});
