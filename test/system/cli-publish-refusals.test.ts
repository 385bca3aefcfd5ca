import { chmod, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeAccounts, openBroker } from "../../src/broker/index.ts";
import { DEFAULT_BASE } from "../../src/contract/index.ts";
import { freePort, startMosquitto } from "../support/brokers.ts";
import { makeAuthority } from "../support/certificates.ts";
import { needs } from "../support/system-parts.ts";
import {
  embedded,
  open,
  openPublishWorkshop,
  PASSWORD,
  type PublishWorkshop,
  retained,
  withoutNix,
} from "./publish-workshop.ts";

let workshop: PublishWorkshop;
beforeAll(async () => {
  workshop = await openPublishWorkshop();
});
afterAll(() => workshop.remove());

describe.skipIf(withoutNix || needs("openssl").skip)("a broker over TLS", () => {
  test("takes a client certificate, and is refused without its authority", async () => {
    const authority = await makeAuthority("ci");
    const { ca, server, client } = authority;
    const tls = {
      kind: "tls",
      host: "127.0.0.1",
      port: 0,
      ...server,
      ca,
      requireCertificate: true,
    } as const;
    const accounts = await makeAccounts(
      [{ user: "ci", role: "ci", password: PASSWORD }],
      DEFAULT_BASE,
    );
    const broker = await openBroker({ listeners: [tls], accounts, stateDir: null });
    try {
      for (const [name, text] of Object.entries({
        "ca.pem": ca,
        "ci.pem": client.cert,
        "ci.key": client.key,
      })) {
        await writeFile(workshop.at(name), text, { mode: 0o600 });
      }
      const [address] = broker.addresses;
      const place = {
        url: address?.url ?? "",
        ci: ["--user", "ci"],
        operator: [],
        env: {},
        stop: async () => undefined,
      };
      const certified = ["--ca", "ca.pem", "--cert", "ci.pem", "--client-key", "ci.key"];
      const ran = await workshop.publish(place, certified);
      expect([ran.status, ran.stderr]).toEqual([0, ""]);
      expect(ran.stdout).toContain("published and read back on mqtts://127.0.0.1:");
      const untrusted = await workshop.publish(place, certified.slice(2));
      expect([untrusted.status, untrusted.stderr.includes("error[tls-untrusted]")]).toEqual([
        3,
        true,
      ]);
      const half = await workshop.publish(place, certified.slice(0, 4));
      expect([
        half.status,
        half.stderr.includes("--cert and --client-key belong together"),
      ]).toEqual([2, true]);
    } finally {
      await broker.close();
    }
  });
});

describe.skipIf(withoutNix)("a broker that does not keep the release", () => {
  const dropping = async (config: string, files: Record<string, string> = {}) =>
    open(
      await startMosquitto({
        config: `listener $PORT 127.0.0.1\nallow_anonymous true\n${config}`,
        files,
      }),
    );

  test.skipIf(needs("mosquitto").skip).each([
    ["its ACL drops it in silence", "acl_file $DIR/acl", { acl: "topic read nixwave/v1/#\n" }],
    ["it is larger than the broker allows", "message_size_limit 500", {}],
  ])("is noticed when %s: exit 3", async (_why, config, files) => {
    const place = await dropping(config, files);
    try {
      const ran = await workshop.publish(place, ["--timeout", "5s"]);
      expect(ran.stderr).toContain("error[publish-not-kept]");
      expect(ran.stdout).toBe("");
      expect(ran.status).toBe(3);
    } finally {
      await place.stop();
    }
  });

  test("is noticed on the embedded broker, for an account that may only read: exit 3", async () => {
    const place = await embedded();
    try {
      const ran = await workshop.publish({ ...place, ci: place.operator }, ["--timeout", "5s"]);
      expect(ran.stderr).toContain("error[publish-not-kept]");
      expect(ran.status).toBe(3);
      expect(await retained(place)).toBeUndefined();
    } finally {
      await place.stop();
    }
  });

  test("is told from one that is not there, and one that does not know us", async () => {
    const place = await embedded();
    try {
      const nobody = { ...place, url: `mqtt://127.0.0.1:${await freePort()}` };
      const unreachable = await workshop.publish(nobody);
      expect([
        unreachable.status,
        unreachable.stderr.includes("error[broker-unreachable]"),
      ]).toEqual([3, true]);
      await writeFile(workshop.at("wrong"), "wrong");
      await chmod(workshop.at("wrong"), 0o600);
      const refused = await workshop.publish({ ...place, env: {} }, ["--password-file", "wrong"]);
      expect([refused.status, refused.stderr.includes("error[broker-bad-credentials]")]).toEqual([
        3,
        true,
      ]);
      await chmod(workshop.at("wrong"), 0o644);
      const exposed = await workshop.publish({ ...place, env: {} }, ["--password-file", "wrong"]);
      expect([exposed.status, exposed.stderr.includes("chmod 600 wrong")]).toEqual([5, true]);
    } finally {
      await place.stop();
    }
  });
});
