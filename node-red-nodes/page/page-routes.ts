import type { Red, Request, RequestHandler, Response } from "../runtime/red.ts";
import { openEventStream } from "./event-stream.ts";
import { FleetTeller, type SeenFleet, wallClock } from "./fleet-teller.ts";
import { foreign } from "./foreign.ts";
import { type PageFile, pageFiles } from "./page-files.ts";

const LOOK_EVERY_MS = 1_000;
/** A login that was taken away must not see on for long: the page comes back by itself and shows its token again. */
const STREAM_ENDS_MS = 600_000;

/** What may run, be loaded and be asked: this server alone, and nothing that stands in the markup itself. */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'self'"],
].join("; ");

const GUARDS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-cache",
};

/**
 * The fleet page: files without secrets for everybody who reaches the editor, as the editor's own are; what they show
 * and ask needs the editor's rights. Registered once, whatever is deployed.
 */
export function servePage(red: Red, find: (id: string) => SeenFleet | null): void {
  const { httpAdmin } = red;
  const [mayRead, mayWrite] = ["nixwave.read", "nixwave.write"].map(red.auth.needsPermission);
  serveFiles(red);
  httpAdmin.get(
    "/nixwave/fleets",
    mayRead as RequestHandler,
    ours(({ user }, response) =>
      response.json({ fleets: fleetsOf(red), user: user?.username ?? null }),
    ),
  );
  httpAdmin.get(
    "/nixwave/rights",
    mayWrite as RequestHandler,
    ours((_request, response) => response.json({ mayWrite: true })),
  );
  httpAdmin.get(
    "/nixwave/fleet/:id/stream",
    mayRead as RequestHandler,
    ours(({ params }, response) => {
      const id = String(params?.["id"]);
      follow(red, response, () => find(id));
    }),
  );
}

/** Only for pages of our own. */
const ours =
  (answer: (request: Request, response: Response) => void): RequestHandler =>
  (request, response) => {
    const why = foreign(request, false);
    if (why === null) answer(request, response);
    else response.status(403).json({ code: "foreign-request", message: why });
  };

function serveFiles({ httpAdmin }: Red): void {
  const files = pageFiles();
  // Relative, so that it holds below any root of the editor and behind any proxy.
  httpAdmin.get("/nixwave", ({ path }, response) =>
    response.redirect(302, path.endsWith("/") ? "page/" : "nixwave/page/"),
  );
  httpAdmin.get("/nixwave/fleet/:id/page", ({ path, params }, response) => {
    const up = path.endsWith("/") ? "../../../" : "../../";
    const fleet = encodeURIComponent(String(params?.["id"]));
    response.redirect(302, `${up}page/?fleet=${fleet}`);
  });
  httpAdmin.get("/nixwave/page", ({ path }, response) => {
    if (path.endsWith("/")) sendFile(response, files.get("index.html"));
    else response.redirect(302, "page/");
  });
  httpAdmin.get("/nixwave/page/:file", ({ params }, response) =>
    sendFile(response, files.get(String(params?.["file"]))),
  );
}

function sendFile(response: Response, file: PageFile | undefined): void {
  if (file) response.set({ ...GUARDS, "content-type": file.type }).send(file.bytes);
  else response.status(404).json({ code: "no-such-file", message: "no such file" });
}

function fleetsOf({ nodes }: Red): readonly { readonly id: string; readonly label: string }[] {
  const found: { id: string; label: string }[] = [];
  nodes.eachNode(({ id, type, name, fleet }) => {
    if (type === "nixwave-fleet") found.push({ id, label: String(name || fleet || id) });
  });
  return found;
}

function follow(red: Red, response: Response, find: () => SeenFleet | null): void {
  const stream = openEventStream(response, () => {
    clearInterval(looking);
    clearTimeout(ending);
    teller.close();
  });
  const teller = new FleetTeller({
    ...{ find, tell: stream.tell, now: wallClock },
    titleOf: (gate) => String(Object(red.nodes.getNode(gate)).name || "sensor gate"),
  });
  /** An exception in a timer would stop Node-RED for everybody. */
  const look = (): void => {
    try {
      teller.look();
    } catch (error) {
      stream.tell("failed", { message: String(error) });
      stream.end();
    }
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  const ending = setTimeout(() => {
    stream.tell("again", {});
    stream.end();
  }, STREAM_ENDS_MS);
  look();
}
