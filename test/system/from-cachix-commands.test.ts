import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { openWorkshop } from "../cli/memory-io.ts";

const PAGE = readFileSync("docs/from-cachix-deploy.md", "utf8");
const HOSTS = ["nuc", "rp3", "rp4", "x1"];

describe("the shell lines of docs/from-cachix-deploy.md", () => {
  const blocks = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = ""]) => text);

  it("run as they stand, with what init leaves behind, and bring each password where it belongs", async () => {
    const workshop = await openWorkshop();
    try {
      const [, init = ""] = /^nixwave (init .*)$/m.exec(PAGE) ?? [];
      const hosts = HOSTS.flatMap((host) => ["--host", host]);
      expect((await workshop.nixwave([...init.split(" "), ...hosts])).status).toBe(0);
      const programs = workshop.at("programs");
      mkdirSync(programs);
      for (const name of ["ssh", "gh", "nix", "cachix", "nixwave"]) {
        const say = `#!/bin/sh\necho "${name} $*" >>"$LOG"\n`;
        const isGiven = name === "ssh" || name === "gh";
        const keep = isGiven ? 'sha256sum | cut -c1-64 >>"$LOG"\n' : "";
        writeFileSync(join(programs, name), `${say}${keep}`, { mode: 0o755 });
      }
      const LOG = workshop.at("log");
      const env = { PATH: `${programs}:${process.env["PATH"]}`, HOME: workshop.folder, LOG };
      for (const block of blocks) {
        execFileSync("sh", ["-eu", "-c", block], {
          env,
          cwd: workshop.folder,
          stdio: ["ignore", "pipe", "pipe"],
        });
      }
      const said = readFileSync(LOG, "utf8");
      const sum = (...path: readonly string[]): string =>
        createHash("sha256")
          .update(readFileSync(workshop.at("nixwave-home", ...path)))
          .digest("hex");
      for (const host of HOSTS) {
        const password = sum("hosts", host, "credentials");
        expect(said).toContain(`/etc/nixwave/mqtt/${host}.password\n${password}\n`);
        const own = `ssh root@${host} install -D -m 0400 /dev/stdin /etc/nixwave/credentials`;
        expect(said).toContain(`${own}\n${password}\n`);
      }
      expect(said).toContain(`/mqtt/hub.password\n${sum("hub", "passwords", "hub")}\n`);
      expect(said).toContain(`/mqtt/ci.password\n${sum("ci", "broker-password")}\n`);
      expect(said).toContain(`/mqtt/me.password\n${sum("people", "me.password")}\n`);
      expect(said).toContain(`NIXWAVE_SIGNING_KEY\n${sum("ci", "ci-1.secret")}\n`);
      for (const host of HOSTS) {
        expect(said).toContain(`ssh root@${host} systemctl stop cachix-agent.service\n`);
      }
    } finally {
      await workshop.remove();
    }
  });
});
