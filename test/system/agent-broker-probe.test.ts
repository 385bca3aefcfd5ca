import { beforeAll, describe, expect, it } from "vitest";
import { freePort, startAedes, startMosquitto } from "../support/brokers.ts";
import { makeAuthority } from "../support/certificates.ts";
import { needs } from "../support/system-parts.ts";
import { closers, broker as plainBroker, run, silent, tcp } from "./probe-rig.ts";
import { probedHost } from "./probed-host.ts";

type Authority = Awaited<ReturnType<typeof makeAuthority>>;

const once = { kind: "broker", retries: 0, timeout: "5s", within: "10s" };
const TLS = "cafile $DIR/ca.pem\ncertfile $DIR/server.pem\nkeyfile $DIR/server.key\n";
const LOGIN = "allow_anonymous false\npassword_file $DIR/passwords\n";
const ANYBODY = "allow_anonymous true\n";
/** As mosquitto_passwd writes it: the user rp4 and the password "wave". */
const PASSWORDS =
  "rp4:$7$101$ZZadmBcoqkQ7HUX7$rC9iOEsFtBhBCHZi1giEVpVb5YUFYVZqMzT3oVv3QGwQ5LBgnTZXxiH5amuIazkYGCs3ptX7NTGbiRgXklK5Ww==\n";

let home: Authority;
let stranger: Authority;

/** Mosquitto with the home's certificate: listeners for wss:// and, on 127.0.0.1 and .2, for mqtts://. */
async function mosquitto(
  more: string,
): Promise<{ readonly port: number; readonly webPort: number }> {
  const { ca, server } = home;
  const webPort = await freePort();
  const started = await startMosquitto({
    // Debian's mosquitto does not start with WebSocket listeners alone.
    config: [
      "per_listener_settings true",
      `listener ${webPort} 127.0.0.1\nprotocol websockets\n${TLS}${more}`,
      ...[`listener $PORT 127.0.0.2\n${TLS}${more}`, `listener $PORT 127.0.0.1\n${TLS}${more}`],
    ].join("\n"),
    files: {
      ...{ "ca.pem": ca, "server.pem": server.cert, "server.key": server.key },
      passwords: PASSWORDS,
    },
  });
  closers.push(() => started.stop());
  return { port: started.port, webPort };
}

describe.skipIf(needs("openssl", "mosquitto").skip)("a broker probe over TLS", () => {
  beforeAll(async () => {
    [home, stranger] = await Promise.all([makeAuthority("rp4"), makeAuthority("rp4")]);
  });
  /** A host that trusts `ca` and reaches its broker at `url`. */
  const host = async (url: string, ca: string, more: Readonly<Record<string, unknown>> = {}) => {
    const { file, probe } = await probedHost();
    const tls = { caFile: await file("ca.pem", ca), ...(more["tls"] ?? {}) };
    const passwordFile = await file("password", "wave\n");
    return probe({ broker: url, passwordFile, ...more, tls }, once);
  };

  it("is let in with this host's login, over mqtts:// and over wss://", async () => {
    const { port, webPort } = await mosquitto(LOGIN);
    for (const url of [`mqtts://localhost:${port}`, `wss://127.0.0.1:${webPort}/mqtt`]) {
      expect(await host(url, home.ca)).toMatchObject({ state: "passed", message: "let us in" });
    }
  });

  it("is let in by aedes over wss://", async () => {
    const { port, stop } = await startAedes({ webSocket: home.server });
    closers.push(stop);
    const probe = await host(`wss://localhost:${port}`, home.ca);
    expect(probe).toMatchObject({ state: "passed", message: "let us in" });
  });

  it("fails when the broker refuses the login", async () => {
    const { port } = await mosquitto(LOGIN);
    const { file, probe } = await probedHost();
    const seen = await probe(
      {
        ...{ broker: `mqtts://localhost:${port}`, passwordFile: await file("password", "wrong") },
        tls: { caFile: await file("ca.pem", home.ca) },
      },
      once,
    );
    expect(seen.state).toBe("failed");
    expect(seen.message).toMatch(/^refused this host's login \(CONNACK 5\)/);
  });

  it.each(["mqtts", "wss"])(
    "fails over %s:// when a stranger signed the certificate",
    async (scheme) => {
      const { port, webPort } = await mosquitto(ANYBODY);
      const seen = await host(
        `${scheme}://localhost:${scheme === "wss" ? webPort : port}`,
        stranger.ca,
      );
      expect(seen.state).toBe("failed");
      expect(seen.message).toMatch(/certificate|signature/);
    },
  );

  it("fails without a CA file when the system's authorities do not know the broker's", async () => {
    const { port } = await mosquitto(ANYBODY);
    const { probe } = await probedHost();
    const seen = await probe({ broker: `mqtts://localhost:${port}` }, once);
    expect(seen.state).toBe("failed");
    expect(seen.message).toContain("certificate");
  });

  it("fails when the certificate names another machine", async () => {
    const { ca } = home;
    const { port } = await mosquitto(ANYBODY);
    const seen = await host(`mqtts://127.0.0.2:${port}`, ca);
    expect(seen.state).toBe("failed");
    expect(seen.message).toContain("127.0.0.2");
  });

  it("shows the host's own certificate to a broker that asks every client for one", async () => {
    const { port } = await mosquitto(`require_certificate true\n${ANYBODY}`);
    const url = `mqtts://localhost:${port}`;
    expect((await host(url, home.ca)).state).toBe("failed");
    const { file, probe } = await probedHost();
    const tls = {
      caFile: await file("ca.pem", home.ca),
      certFile: await file("rp4.pem", home.client.cert),
      keyFile: await file("rp4.key", home.client.key),
    };
    expect(await probe({ broker: url, tls }, once)).toMatchObject({ message: "let us in" });
  });

  it("fails where a broker speaks plain MQTT, and where nobody says a word", async () => {
    const plain = await startAedes();
    closers.push(() => plain.stop());
    expect((await host(`mqtts://localhost:${plain.port}`, home.ca)).state).toBe("failed");
    const port = await tcp(silent);
    const { probe } = await probedHost();
    const seen = await probe({ broker: `wss://localhost:${port}` }, { kind: "broker", retries: 0 });
    expect(seen).toMatchObject({ state: "failed", message: "no answer within 0.4 s" });
  });
});

describe("a broker probe's login", () => {
  it("makes the probe unknown when it cannot be read, and stops nothing else", async () => {
    const { probe } = await probedHost();
    const seen = await probe({ passwordFile: "/nowhere/password" }, once);
    expect(seen.state).toBe("unknown");
    expect(seen.message).toContain("/nowhere/password");
    const other = await probe(
      { passwordFile: "/nowhere/password" },
      { kind: "tcp", host: "127.0.0.1", port: await tcp(silent) },
    );
    expect(other.state).toBe("passed");
  });

  it("is read anew for each try: the new system may bring another one", async () => {
    const { file, probe } = await probedHost();
    const passwordFile = await file("password", "old\n");
    const broker = await startAedes();
    closers.push(() => broker.stop());
    broker.aedes.authenticate = (_client, _user, password, done) => {
      const isRight = password?.toString() === "new";
      void file("password", "new\n").then(() => done(null, isRight));
    };
    const seen = await probe(
      { broker: `mqtt://127.0.0.1:${broker.port}`, passwordFile },
      { kind: "broker", timeout: "5s", within: "10s" },
    );
    expect(seen).toMatchObject({ state: "passed", message: "let us in (2 tries)" });
  });

  it("is not asked for by a broker that lets everybody in", async () => {
    const open = await startAedes();
    closers.push(() => open.stop());
    expect((await run(once, plainBroker(open.port))).message).toBe("let us in");
  });
});
