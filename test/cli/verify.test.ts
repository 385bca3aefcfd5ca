import { mkdir } from "node:fs/promises";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatPublicKey } from "../../src/contract/index.ts";
import { keyFrom, NOON } from "../support/contract-builders.ts";
import { openSigningWorkshop, PUBLIC, SECRET, type SigningWorkshop } from "./signing-workshop.ts";

let workshop: SigningWorkshop;
beforeEach(async () => {
  workshop = await openSigningWorkshop();
});
afterEach(() => workshop.remove());

describe("verify", () => {
  test("accepts with the right key, fleet and channel, and exits 0", async () => {
    await workshop.write("r.json", await workshop.signedRelease());
    await workshop.write("ci-1.public", `# CI\n${PUBLIC}\n\n`);
    const ran = await workshop.line("verify r.json --key ci-1.public --fleet home --channel main", {
      now: NOON,
    });
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toMatch(/^nuc .* ci-1 +accepted/m);
  });

  test.each([
    [
      "another key",
      `--key ${formatPublicKey(keyFrom("other").publicKey)} --fleet home`,
      "signature-invalid",
    ],
    ["another fleet", `--key ${PUBLIC} --fleet away`, "wrong-fleet"],
    ["another channel", `--key ${PUBLIC} --fleet home --channel test`, "wrong-channel"],
  ])("refuses with %s, and exits 1", async (_what, flags, code) => {
    await workshop.write("r.json", await workshop.signedRelease());
    const ran = await workshop.line(`verify r.json ${flags}`, { now: NOON });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain(`error[release-not-accepted]: not accepted: nuc (${code})`);
    expect(ran.stdout).toContain(code);
  });

  test("refuses after the expiry", async () => {
    await workshop.write("r.json", await workshop.signedRelease());
    const late = (NOON + 91 * 86_400_000) as typeof NOON;
    const ran = await workshop.line(`verify r.json --key ${PUBLIC} --fleet home`, { now: late });
    expect([ran.status, ran.stderr.includes("nuc (statement-expired)")]).toEqual([1, true]);
    expect(ran.stdout).toContain("1 day ago");
  });

  test("refuses every flipped byte of a payload", async () => {
    const release = JSON.parse(await workshop.signedRelease()) as {
      statements: { payload: string }[];
    };
    const payload = Buffer.from(release.statements[0]?.payload ?? "", "base64");
    for (const index of [0, 40, payload.length - 1]) {
      const flipped = Buffer.from(payload);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      const [first, ...rest] = release.statements;
      const statements = [{ ...first, payload: flipped.toString("base64") }, ...rest];
      await workshop.write("r.json", JSON.stringify({ ...release, statements }));
      const ran = await workshop.line(`verify r.json --key ${PUBLIC} --fleet home`, { now: NOON });
      expect([ran.status, ran.stderr.includes("(signature-invalid)")]).toEqual([1, true]);
    }
  });

  test("without a key shows the release, says loudly that nothing was verified, and exits 1", async () => {
    await workshop.write("r.json", await workshop.signedRelease());
    const ran = await workshop.line("verify r.json", { now: NOON });
    expect(ran.stdout).toMatch(/^nuc .* unverified/m);
    expect(ran.stderr).toContain("error[nothing-verified]: NOTHING WAS VERIFIED");
    expect(ran.status).toBe(1);
  });

  test("refuses a secret key in the place of a public one, without repeating it", async () => {
    await workshop.write("r.json", await workshop.signedRelease());
    await workshop.write("k", SECRET, 0o600);
    for (const given of ["k", SECRET]) {
      const ran = await workshop.line(`verify r.json --key ${given}`);
      expect(ran.stderr).toContain("error[invalid-key]");
      expect(ran.stderr).not.toContain(SECRET.slice(10, 40));
    }
  });

  test("of an endless pipe stops at the limit", async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(64 * 1024, " ");
      })(),
    );
    const { status, stderr } = await workshop.line(`verify - --key ${PUBLIC}`, { stdin: endless });
    expect([status, stderr.includes("error[too-large]: standard input")]).toEqual([2, true]);
  });

  test.each([
    ["a folder", "folder", "file-unreadable", 5],
    ["nothing", "nowhere", "file-unreadable", 5],
    ["text", "text", "not-json", 2],
    ["a spec", "spec", "invalid-field", 2],
    ["too much", "big", "too-large", 2],
  ])("of %s fails with a code", async (_what, name, code, expected) => {
    await mkdir(workshop.at("folder"));
    await workshop.write("text", "hello");
    await workshop.write("spec", '{"agents":{}}');
    await workshop.write("big", " ".repeat(300 * 1024));
    const { status, stderr } = await workshop.line(`verify ${name} --key ${PUBLIC}`);
    expect(stderr).toContain(`error[${code}]`);
    expect(status).toBe(expected);
  });
});
