import { chmod, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeAccounts, openBroker } from "../../src/broker/index.ts";
import { openBus } from "../../src/bus/index.ts";
import {
  DEFAULT_BASE,
  encodePayload,
  parseChannel,
  parsePayload,
  type Release,
} from "../../src/contract/index.ts";
import { openWorkshop, type RunOptions, type Workshop } from "../cli/memory-io.ts";
import { type SmallStore, smallStore } from "../cli/small-systems.ts";
import { freePort, startAedes, startMosquitto, startNats } from "../support/brokers.ts";
import { makeAuthority } from "../support/certificates.ts";
import { needs } from "../support/system-parts.ts";

const MAIN = createRequire(import.meta.url).resolve("../../src/cli/main.ts");
const MAIN_CHANNEL = parseChannel("main");
const PASSWORD = "correct horse battery staple";

/** A broker with the words that ci and an operator need on it. */
interface Place {
  readonly url: string;
  readonly ci: readonly string[];
  readonly operator: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const open = async (broker: { url: string; stop(): Promise<void> }): Promise<Place> => ({
  url: broker.url,
  ci: [],
  operator: [],
  env: {},
  stop: () => broker.stop(),
});

async function embedded(): Promise<Place> {
  const roles = ["ci", "operator"] as const;
  const accounts = await makeAccounts(
    roles.map((role) => ({ user: role, role, password: PASSWORD })),
    DEFAULT_BASE,
  );
  const listeners = [{ kind: "tcp", host: "127.0.0.1", port: 0 }] as const;
  const broker = await openBroker({ listeners, accounts, stateDir: null });
  return {
    url: broker.addresses[0]?.url ?? "",
    ci: ["--user", "ci"],
    operator: ["--user", "operator"],
    env: { NIXWAVE_BROKER_PASSWORD: PASSWORD },
    stop: () => broker.close(),
  };
}

const PLACES: readonly [string, boolean, () => Promise<Place>][] = [
  ["the embedded broker", false, embedded],
  ["aedes", false, () => startAedes().then(open)],
  ["mosquitto", needs("mosquitto").skip, () => startMosquitto().then(open)],
  ["NATS", needs("nats-server").skip, () => startNats().then(open)],
];

let workshop: Workshop;
let store: SmallStore;
const skip = needs("nix").skip;

beforeAll(async () => {
  workshop = await openWorkshop();
  store = smallStore(workshop.folder);
  await workshop.nixwave(["keygen", "ci-1"]);
  if (!skip) await writeFile(workshop.at("spec.json"), await store.specOf());
});
afterAll(async () => {
  await store.loosen();
  await workshop.remove();
});

const SIGNED = ["--key", "ci-1.secret", "--fleet", "home"];
const at = (place: Place, role: "ci" | "operator" = "ci") => [
  ...["--broker", place.url],
  ...place[role],
];
const publish = (place: Place, args: readonly string[] = [], options: RunOptions = {}) =>
  workshop.nixwave(
    ["publish", "spec.json", "--store", store.url, ...SIGNED, ...at(place), ...args],
    { ...options, env: { ...place.env, ...options.env } },
  );
const verify = (place: Place, args: readonly string[] = []) =>
  workshop.nixwave(
    [
      "verify",
      "releases/main",
      "--key",
      "ci-1.public",
      "--fleet",
      "home",
      ...at(place, "operator"),
      ...args,
    ],
    { env: place.env },
  );

/** What the broker retains, read by a program of its own. */
async function retained(place: Place): Promise<Release | undefined> {
  const bus = await openBus({
    broker: place.url as never,
    clientId: place.operator[1] ?? "reader",
    ...(place.operator[1] ? { username: place.operator[1], password: PASSWORD } : {}),
  });
  const [message] = await bus.snapshot("release", { timeoutMs: 20_000 });
  await bus.close();
  return message?.payload;
}
async function retain(place: Place, release: Release): Promise<void> {
  const bus = await openBus({ broker: place.url as never, clientId: "writer" });
  await bus.publishConfirmed({ kind: "release", channel: MAIN_CHANNEL }, release, {
    timeoutMs: 20_000,
  });
  await bus.close();
}

describe.skipIf(skip)("publishing four hosts", () => {
  describe.each(PLACES.filter(([, missing]) => !missing))("to %s", (_name, _missing, start) => {
    let place: Place;
    beforeAll(async () => {
      place = await start();
      return () => place.stop();
    });

    test("a dry run says what would happen and publishes nothing", async () => {
      const ran = await publish(place, ["--dry-run"]);
      expect(ran.stderr).toBe("");
      expect(ran.stdout).toContain("dry run: nothing was published");
      expect(ran.stdout.match(/ new /g)).toHaveLength(4);
      expect(await retained(place)).toBeUndefined();
    });

    test("verify reads back what publish published", async () => {
      const ran = await publish(place, ["--title", "nixpkgs bump"]);
      expect([ran.status, ran.stderr]).toEqual([0, ""]);
      expect(ran.stdout).toContain(`published and read back on ${place.url}`);
      const seen = await verify(place);
      expect([seen.status, seen.stderr]).toEqual([0, ""]);
      for (const host of ["nuc", "rp3", "rp4", "x1"]) {
        expect(seen.stdout).toMatch(
          new RegExp(`^${host} .*in 90 days +ci-1 +accepted +nixpkgs bump$`, "m"),
        );
      }
    });

    test("the same closures again are a refresh under a higher serial", async () => {
      const before = await verify(place, ["--json"]);
      const ran = await publish(place, ["--json"]);
      const said = JSON.parse(ran.stdout) as {
        refresh: boolean;
        serial: number;
        hosts: { change: string }[];
      };
      expect(said.refresh).toBe(true);
      expect(said.hosts.map(({ change }) => change)).toEqual(Array(4).fill("refreshed"));
      const [first] = (JSON.parse(before.stdout) as { hosts: { statement: { serial: number } }[] })
        .hosts;
      expect(said.serial).toBeGreaterThan(first?.statement.serial ?? Number.POSITIVE_INFINITY);
    });

    test("--only signs one host and leaves the others' statements as they are", async () => {
      const before = await retained(place);
      const spec = await store.specOf({ rp4: "2", x1: "2" });
      const ran = await workshop.nixwave(
        ["publish", "-", "--store", store.url, ...SIGNED, ...at(place), "--only", "rp4"],
        { stdin: spec, env: place.env },
      );
      expect(ran.stderr).toBe("");
      expect(ran.stdout).toMatch(/rp4 +changed/);
      expect(ran.stdout).toMatch(/x1 +carried over/);
      const after = await retained(place);
      const [nuc, rp3, rp4, x1] = [0, 1, 2, 3];
      for (const host of [nuc, rp3, x1]) {
        expect(after?.statements[host]).toEqual(before?.statements[host]);
      }
      expect(after?.statements[rp4]).not.toEqual(before?.statements[rp4]);
      expect((await verify(place)).status).toBe(0);
    });

    test("describe, sign and announce in three steps say the same; going back is refused", async () => {
      const step = (name: string, ...args: readonly string[]) =>
        workshop.nixwave([name, ...args], { env: place.env });
      const name = (suffix: string) => `${new URL(place.url).port}-${suffix}.json`;
      await writeFile(
        workshop.at(name("before")),
        encodePayload("release", (await retained(place)) as Release),
      );
      const description = [
        "describe",
        "spec.json",
        "--store",
        store.url,
        "--out",
        name("d"),
      ] as const;
      expect((await step(...description)).status).toBe(0);
      const sign = [
        "sign",
        name("d"),
        ...SIGNED,
        "--previous",
        name("before"),
        "--out",
        name("r"),
      ] as const;
      expect((await step(...sign)).status).toBe(0);
      const announce = (file: string) =>
        step("announce", file, ...at(place), "--trusted", "ci-1.public");
      expect((await announce(name("r"))).stdout).toContain("announced and read back: 4 hosts");
      expect(parsePayload("release", await readFile(workshop.at(name("r"))))).toEqual(
        await retained(place),
      );
      const again = await announce(name("r"));
      expect([again.status, again.stdout.startsWith("already announced")]).toEqual([0, true]);
      const back = await announce(name("before"));
      expect([back.status, back.stderr.includes("error[serial-not-rising]")]).toEqual([1, true]);
    });

    test("of two publishers at once both are told the truth, and one release stands", async () => {
      const twice = ["--json", "--timeout", "5s"];
      const both = await Promise.all([publish(place, twice), publish(place, twice)]);
      expect(both.map(({ status, stderr }) => [status, stderr.includes("error[")])).toEqual([
        [0, false],
        [0, false],
      ]);
      const serials = both.map(({ stdout }) => (JSON.parse(stdout) as { serial: number }).serial);
      const seen = await verify(place, ["--json"]);
      const { hosts } = JSON.parse(seen.stdout) as { hosts: { statement: { serial: number } }[] };
      expect(seen.status).toBe(0);
      for (const { statement } of hosts) expect(serials).toContain(statement.serial);
    });
  });
});

describe.skipIf(skip)("a release on an open broker", () => {
  let place: Place;
  let bare: Awaited<ReturnType<typeof startAedes>>;
  beforeEach(async () => {
    bare = await startAedes();
    place = await open(bare);
    return () => place.stop();
  });

  const tamper = async (change: (text: string) => string): Promise<void> => {
    await publish(place);
    const release = (await retained(place)) as Release;
    const [first, ...rest] = release.statements;
    const text = change(Buffer.from(first?.payload ?? "", "base64").toString("utf8"));
    const payload = Buffer.from(text).toString("base64");
    await retain(place, {
      ...release,
      statements: [{ ...(first as never as object), payload }, ...rest] as never,
    });
  };

  test("with one flipped byte is refused for that host", async () => {
    await tamper((text) => text.replace("26.05", "26.15"));
    const seen = await verify(place);
    expect(seen.status).toBe(1);
    expect(seen.stderr).toContain("not accepted: nuc (signature-invalid)\n");
  });

  test("that has expired is refused", async () => {
    await publish(place, ["--expires", "1ms"]);
    const seen = await verify(place);
    expect([seen.status, seen.stderr.includes("nuc (statement-expired)")]).toEqual([1, true]);
  });

  test("of another fleet or channel is refused", async () => {
    await publish(place);
    const away = await workshop.nixwave([
      "verify",
      "releases/main",
      "--key",
      "ci-1.public",
      "--fleet",
      "away",
      ...at(place),
    ]);
    expect([away.status, away.stderr.includes("nuc (wrong-fleet)")]).toEqual([1, true]);
    const test1 = await verify(place, ["--channel", "test"]);
    expect([test1.status, test1.stderr.includes("nuc (wrong-channel)")]).toEqual([1, true]);
  });

  test("under a reused serial with other content is not announced", async () => {
    const now = { now: 1_784_030_400_000 as never };
    const sign = async (spec: string) => {
      const { stdout } = await workshop.nixwave(["describe", "-", "--store", store.url], {
        stdin: spec,
      });
      return await workshop.nixwave(["sign", "-", ...SIGNED, "--previous", "none"], {
        stdin: stdout,
        ...now,
      });
    };
    const [one, two] = [
      await sign(await store.specOf()),
      await sign(await store.specOf({ nuc: "2" })),
    ];
    const announce = (release: string) =>
      workshop.nixwave(["announce", "-", ...at(place)], { stdin: release });
    expect((await announce(one.stdout)).status).toBe(0);
    const refused = await announce(two.stdout);
    expect([refused.status, refused.stderr.includes("error[serial-equivocation]: nuc")]).toEqual([
      1,
      true,
    ]);
  });

  test("that a stranger signed is said, does not count, and is replaced", async () => {
    await workshop.nixwave(["keygen", "stranger"]);
    const theirs = ["--key", "stranger.secret", "--fleet", "home", "--store", store.url];
    await workshop.nixwave(["publish", "spec.json", ...theirs, ...at(place)]);
    expect((await verify(place)).status).toBe(1);
    const only = await publish(place, ["--only", "nuc"]);
    expect([only.status, only.stderr.includes("error[previous-not-trusted]")]).toEqual([1, true]);
    const ours = await publish(place);
    expect(ours.stderr).toContain(
      "warning: a statement of the previous release does not count: signature-invalid",
    );
    expect((await verify(place)).status).toBe(0);
  });

  test("that is none is said, and replaced", async () => {
    await bare.aedes.publish(
      {
        cmd: "publish",
        topic: "nixwave/v1/releases/main",
        payload: Buffer.from("hello"),
        qos: 1,
        retain: true,
        dup: false,
      },
      () => undefined,
    );
    const seen = await verify(place);
    expect([seen.status, seen.stderr.includes("error[not-json]")]).toEqual([2, true]);
    const ran = await publish(place);
    expect(ran.stderr).toContain(
      "warning: what is retained on nixwave/v1/releases/main is no release: not-json",
    );
    expect((await verify(place)).status).toBe(0);
  });

  test("that was never published is not found", async () => {
    const seen = await verify(place);
    expect([seen.status, seen.stderr.includes("error[release-not-found]")]).toEqual([1, true]);
  });

  test("is shown by the real program, also when the reader leaves early", async () => {
    await publish(place);
    const command = `"$0" "$1" verify releases/main --broker "$2" --key ci-1.public --fleet home`;
    const args = [process.execPath, MAIN, place.url];
    const whole = await execa("bash", ["-c", command, ...args], { cwd: workshop.folder });
    expect(whole.stdout.split("\n")).toHaveLength(6);
    const head = await execa("bash", ["-o", "pipefail", "-c", `${command} | head -n 1`, ...args], {
      cwd: workshop.folder,
    });
    expect([head.stdout, head.stderr]).toEqual([whole.stdout.split("\n")[0], ""]);
  });
});

describe.skipIf(skip || needs("openssl").skip)("a broker over TLS", () => {
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
      const ran = await publish(place, certified);
      expect([ran.status, ran.stderr]).toEqual([0, ""]);
      expect(ran.stdout).toContain("published and read back on mqtts://127.0.0.1:");
      const untrusted = await publish(place, certified.slice(2));
      expect([untrusted.status, untrusted.stderr.includes("error[tls-untrusted]")]).toEqual([
        3,
        true,
      ]);
      const half = await publish(place, certified.slice(0, 4));
      expect([
        half.status,
        half.stderr.includes("--cert and --client-key belong together"),
      ]).toEqual([2, true]);
    } finally {
      await broker.close();
    }
  });
});

describe.skipIf(skip)("a broker that does not keep the release", () => {
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
      const ran = await publish(place, ["--timeout", "5s"]);
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
      const ran = await publish({ ...place, ci: place.operator }, ["--timeout", "5s"]);
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
      const unreachable = await publish(nobody);
      expect([
        unreachable.status,
        unreachable.stderr.includes("error[broker-unreachable]"),
      ]).toEqual([3, true]);
      await writeFile(workshop.at("wrong"), "wrong");
      await chmod(workshop.at("wrong"), 0o600);
      const refused = await publish({ ...place, env: {} }, ["--password-file", "wrong"]);
      expect([refused.status, refused.stderr.includes("error[broker-bad-credentials]")]).toEqual([
        3,
        true,
      ]);
      await chmod(workshop.at("wrong"), 0o644);
      const exposed = await publish({ ...place, env: {} }, ["--password-file", "wrong"]);
      expect([exposed.status, exposed.stderr.includes("chmod 600 wrong")]).toEqual([5, true]);
    } finally {
      await place.stop();
    }
  });
});
