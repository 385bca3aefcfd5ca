import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { http, run, silent, tcp } from "./probe-rig.ts";

describe("a TCP probe", () => {
  it("passes when somebody accepts", async () => {
    const port = await tcp(silent);
    expect((await run({ kind: "tcp", host: "127.0.0.1", port })).state).toBe("passed");
  });

  it("fails where nobody listens, and says what it saw", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, "close");
    const probe = await run({ kind: "tcp", host: "127.0.0.1", port });
    expect(probe.state).toBe("failed");
    expect(probe.message).toContain("ECONNREFUSED");
  });

  it("fails for a name that nobody has", async () => {
    const probe = await run({ kind: "tcp", host: "nobody.invalid", port: 1, retries: 0 });
    expect(probe.state).toBe("failed");
  });
});

describe("an HTTP probe", () => {
  it("opens a new connection for every try", async () => {
    const ports = new Set<number | undefined>();
    const url = await http((request, response) => {
      ports.add(request.socket.remotePort);
      response.writeHead(ports.size < 3 ? 503 : 200).end();
    });
    const probe = await run({ kind: "http", url });
    expect(probe).toMatchObject({ state: "passed", message: "status 200 (3 tries)" });
    expect(ports.size).toBe(3);
  });

  it("takes a redirect as an answer and does not follow it", async () => {
    const url = await http((_request, response) => {
      response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
    });
    expect((await run({ kind: "http", url })).message).toBe("status 302");
    const strict = await run({ kind: "http", url, status: 200, retries: 0 });
    expect(strict).toMatchObject({ state: "failed", message: "status 302, not 200" });
  });

  it("fails on status 500", async () => {
    const url = await http((_request, response) => void response.writeHead(500).end());
    const probe = await run({ kind: "http", url, retries: 1 });
    expect(probe).toMatchObject({
      state: "failed",
      message: "status 500, not 200 to 399 (2 tries)",
    });
  });

  it("looks for a text in the page", async () => {
    const url = await http((_request, response) => void response.end("the house is well"));
    expect((await run({ kind: "http", url, contains: "is well" })).state).toBe("passed");
    const probe = await run({ kind: "http", url, contains: "is ill", retries: 0 });
    expect(probe).toMatchObject({ state: "failed", message: "status 200, without the text" });
  });

  it("gives up a server that hangs", async () => {
    const url = await http(silent);
    expect(await run({ kind: "http", url, retries: 0 })).toMatchObject({
      state: "failed",
      message: "no answer within 0.4 s",
    });
  });

  it("gives up a server that trickles", async () => {
    const url = await http((_request, response) => {
      const drip = setInterval(() => response.write("."), 20);
      response.once("close", () => clearInterval(drip));
    });
    const probe = await run({ kind: "http", url, contains: "never", retries: 0 });
    expect(probe.message).toBe("no answer within 0.4 s");
  });

  it("gives up a page without an end after its first MiB", async () => {
    const page = Buffer.alloc(256 * 1024, "x");
    const url = await http((_request, response) => {
      const more = (): void => {
        while (response.write(page));
      };
      response.on("drain", more);
      more();
    });
    const probe = await run({
      kind: "http",
      url,
      contains: "y",
      retries: 0,
      timeout: "10s",
      within: "10s",
    });
    expect(probe.message).toBe("status 200, without the text");
  });
});

describe("a command probe", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixwave-probe-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const script = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o755);
    return path;
  };
  const patient = { timeout: "10s", within: "10s", retries: 0 };

  it("passes with exit 0 and shows the last line", async () => {
    const program = await script("picture", "echo taking; echo 'picture taken'");
    const probe = await run({ kind: "command", program, ...patient });
    expect(probe).toEqual({ name: "picture", state: "passed", message: "exit 0: picture taken" });
  });

  it("fails with any other exit status and shows why", async () => {
    const program = await script("dark", "echo 'no camera' >&2; exit 7");
    const probe = await run({ kind: "command", program, ...patient });
    expect(probe).toMatchObject({ state: "failed", message: "exit 7: no camera" });
  });

  it("gives arguments as they are: no shell reads them", async () => {
    const program = ["/bin/echo", "$HOME; exit 1"];
    expect((await run({ kind: "command", program, ...patient })).message).toBe(
      "exit 0: $HOME; exit 1",
    );
  });

  it("has no environment but its own", async () => {
    const probe = await run(
      { kind: "command", program: "/usr/bin/env", ...patient },
      { commandEnv: { ONLY: "this" } },
    );
    expect(probe.message).toBe("exit 0: ONLY=this");
  });

  it("that hangs is ended with everything it started", async () => {
    const pids = join(folder, "pids");
    const program = await script("hangs", `sleep 1000 & echo $! > ${pids}; wait`);
    const probe = await run({ kind: "command", program, retries: 0 });
    expect(probe.message).toBe("no answer within 0.4 s");
    await expectGone(pids);
  });

  it("that leaves a child behind, with the output in its hand, is over all the same", async () => {
    const pids = join(folder, "left");
    const program = await script("leaves", `sleep 1000 & echo $! > ${pids}; echo done`);
    const probe = await run({ kind: "command", program, ...patient });
    expect(probe).toMatchObject({ state: "passed", message: "exit 0: done" });
    await expectGone(pids);
  });

  it("may print megabytes", async () => {
    const program = await script("loud", "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo end");
    expect((await run({ kind: "command", program, ...patient })).message).toBe("exit 0: end");
  });

  it("that is not there has failed", async () => {
    const probe = await run({ kind: "command", program: join(folder, "absent"), ...patient });
    expect(probe.state).toBe("failed");
    expect(probe.message).toContain("ENOENT");
  });
});

/** Gone, or a zombie that nobody has reaped yet. */
async function expectGone(file: string): Promise<void> {
  const { readFile } = await import("node:fs/promises");
  const pid = (await readFile(file, "utf8")).trim();
  await expect
    .poll(async () => {
      const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") X");
      return /\) ([A-Z])/.exec(status)?.[1];
    })
    .toMatch(/[XZ]/);
}
