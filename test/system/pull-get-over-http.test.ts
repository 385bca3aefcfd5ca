import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { getOverHttp } from "../../agent/pull/get-over-http.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const PIECES = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const NEVER = new AbortController().signal;

describe("asking a cache that says these bytes", () => {
  let server: Server;
  let asked = "";
  let say: (socket: Socket) => unknown = () => undefined;
  const sockets = new Set<Socket>();
  const url = (path = "/a?b=c"): URL =>
    new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  /** All at once, and the connection stays open unless `isOver`. */
  const saying = (text: string | Buffer, isOver = false): void => {
    say = (socket) => (isOver ? socket.end(text) : socket.write(text));
  };
  const get = (login: string | null = null, signal = NEVER) => getOverHttp(url(), login, signal);

  beforeEach(async () => {
    asked = "";
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("data", (more) => {
        asked += more.toString();
        if (asked.endsWith("\r\n\r\n")) void say(socket);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  });

  it("asks for the path with its question, the host and the login, and for nothing to be kept open", async () => {
    saying(`${OK}Content-Length: 0\r\n\r\n`);
    await get("Basic YTpi");
    const lines = [`Host: ${url().host}`, "Authorization: Basic YTpi", "Connection: close", "", ""];
    expect(asked).toBe(["GET /a?b=c HTTP/1.1", ...lines].join("\r\n"));
  });

  it.each([
    ["a length", `${OK}Content-Length:  5 \r\nX: y\r\n\r\nhello and more`],
    [
      "pieces",
      `${OK}transfer-encoding: CHUNKED\r\n\r\n2;a=b\r\nhe\r\n03\r\nllo\r\n0\r\nX: y\r\n\r\n`,
    ],
    ["pieces whose sizes are padded", `${PIECES}00000005\r\nhello\r\n0000\r\n\r\n`],
    [
      "pieces, and a length that is not theirs",
      `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    ],
    [
      "hints before it",
      `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
    ],
  ])("takes an answer with %s, and does not wait for the connection's end", async (_, text) => {
    saying(text);
    expect(await get()).toEqual({ status: 200, location: undefined, text: "hello" });
  });

  it("takes an answer that comes byte by byte, letters of several bytes too", async () => {
    say = async (socket) => {
      socket.setNoDelay(true);
      for (const byte of Buffer.from(`${PIECES}3\r\n€\r\n0\r\n\r\n`)) {
        await new Promise((sent) => socket.write(Buffer.of(byte), sent));
      }
    };
    expect((await get()).text).toBe("€");
  });

  it("takes what comes up to the end where no length is said", async () => {
    saying("HTTP/1.0 404 Not Found\r\n\r\nno", true);
    expect(await get()).toEqual({ status: 404, location: undefined, text: "no" });
  });

  it("says where a redirect leads, and needs no body", async () => {
    saying("HTTP/1.1 302 Found\r\nLocation: https://b.lan/x?y\r\n\r\n");
    expect(await get()).toEqual({ status: 302, location: "https://b.lan/x?y", text: "" });
    asked = "";
    saying("HTTP/1.1 204 No Content\r\n\r\n");
    expect((await get()).status).toBe(204);
  });

  it.each([
    ["nothing", "", /hung up without an answer/],
    ["half a head", "HTTP/1.1 200 O", /breaks off/],
    ["half a body", `${OK}Content-Length: 5\r\n\r\nhell`, /breaks off/],
    ["half of its pieces", `${PIECES}5\r\nhello\r\n`, /breaks off/],
    ["another protocol", "SSH-2.0-x\r\n", /speaks no HTTP/],
    ["a status that is none", "HTTP/1.1 20x\r\n\r\n", /no HTTP that is known/],
    ["a header that is none", `${OK}no header\r\n\r\n`, /a header of its answer/],
    [
      "two lengths",
      `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
      /the length of its answer/,
    ],
    ["a length below nothing", `${OK}Content-Length: -1\r\n\r\nab`, /the length of its answer/],
    ["a piece without a length", `${PIECES}xyz\r\n`, /has no length/],
    ["a piece that is too long", `${PIECES}1\r\nabc\r\n`, /longer than/],
    ["what nobody asked for", `${OK}Content-Encoding: gzip\r\n\r\nab`, /gzip, which nobody/],
    ["an unknown coding", `${OK}Transfer-Encoding: gzip\r\n\r\nab`, /gzip, which is not known/],
  ])("refuses %s", async (_, text, why) => {
    saying(text, true);
    await expect(get()).rejects.toThrow(why);
  });

  it("refuses an answer, and a head, that do not end", async () => {
    for (const text of [`${OK}\r\n`, `${OK}X: `]) {
      asked = "";
      saying(text + "x".repeat(1024 * 1024 + 64 * 1024));
      await expect(get()).rejects.toThrow(/does not end/);
    }
  });

  it("takes a head of 16 KiB and no longer one, whatever is in it", async () => {
    const blanks = (count: number): string => `X: y${" ".repeat(count)}z\r\n`;
    saying(`${OK}${blanks(16_000)}Content-Length: 2\r\n\r\nok`);
    expect((await get()).text).toBe("ok");
    asked = "";
    saying(`${OK}${blanks(16_384)}Content-Length: 2\r\n\r\nok`);
    await expect(get()).rejects.toThrow(/head does not end/);
  });

  it("ends when it is told to, before and while it waits, and leaves no connection", async () => {
    const [early, late] = [new AbortController(), new AbortController()];
    early.abort(new Error("not wanted"));
    await expect(get(null, early.signal)).rejects.toThrow("not wanted");
    expect(sockets.size).toBe(0);
    const closed = new Promise((resolve) => {
      say = (socket) => {
        socket.once("close", resolve);
        late.abort(new Error("no longer wanted"));
      };
    });
    await expect(get(null, late.signal)).rejects.toThrow("no longer wanted");
    await closed;
  });

  it("says that nobody listens", async () => {
    const nobody = url();
    server.close();
    await once(server, "close");
    await expect(getOverHttp(nobody, null, NEVER)).rejects.toThrow(/ECONNREFUSED/);
  });
});
