import { createHash, timingSafeEqual } from "node:crypto";
import type { Conductor } from "../../src/conductor/index.ts";
import { logLine, MetricsPage } from "../../src/monitor/index.ts";
import manifest from "../package.json" with { type: "json" };
import type { Red, RedNode, Request, Response } from "../runtime/red.ts";
import type { FleetConfig } from "./fleet-config.ts";

interface Followed extends RedNode {
  readonly conductor: Conductor | null;
  readonly whenReady?: (listener: (conductor: Conductor) => void) => () => void;
}

interface Served {
  readonly fleet: string;
  /** "" asks for none. */
  readonly token: string;
  readonly page: Promise<MetricsPage>;
  readonly conductor: () => Conductor | null;
}

const PATH = "/nixwave/metrics";

/** What machines are told of fleets: a line of the log for each decision, and, where it is ticked, Prometheus' page. */
export class FleetMonitors {
  readonly #served = new Map<string, Served>();

  constructor(red: Red) {
    red.httpAdmin.get(PATH, (request, response) => void this.#answer(request, response));
  }

  /** @returns stops */
  follow(node: Followed, { fleet, metrics }: FleetConfig): () => void {
    const page = metrics ? MetricsPage.open(fleet, manifest.version) : null;
    page?.catch((error: unknown) => node.error(`metrics: ${String(error)}`));
    if (page) {
      const token = node.credentials?.["metricsToken"] ?? "";
      this.#served.set(node.id, { fleet, token, page, conductor: () => node.conductor });
    }
    let stop = (): unknown => undefined;
    const leave = node.whenReady?.((conductor) => {
      stop();
      stop = conductor.onDecided((decided) => {
        node.log(logLine(decided));
        page?.then(
          (open) => open.decided(decided.decision),
          () => undefined, // said above
        );
      });
    });
    return () => {
      stop();
      leave?.();
      this.#served.delete(node.id);
    };
  }

  async #answer(request: Request, response: Response): Promise<void> {
    try {
      const wanted = request.query?.["fleet"];
      const named = [...this.#served.values()].filter(
        ({ fleet }) => wanted === undefined || wanted === fleet,
      );
      if (named.length === 0) return say(response, 404, "no fleet with metrics is deployed");
      const open = named.filter(({ token }) => isShown(token, request));
      const [one, another] = open;
      if (!one) return say(response, 401, "a bearer token is needed");
      if (another) return say(response, 400, "several fleets: add ?fleet=NAME");
      const page = await one.page;
      const text = await page.text(one.conductor()?.view ?? null);
      response.status(200).set({ ...HEADERS, "content-type": page.contentType });
      response.send(Buffer.from(text));
    } catch (error) {
      say(response, 500, String(error));
    }
  }
}

const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

function say(response: Response, status: number, text: string): void {
  const asks = status === 401 ? { "www-authenticate": "Bearer" } : {};
  response
    .status(status)
    .set({ ...HEADERS, ...asks, "content-type": "text/plain; charset=utf-8" })
    .send(Buffer.from(`${text}\n`));
}

/** Compared by their digests, which take the same time whatever was sent. */
function isShown(token: string, { headers }: Request): boolean {
  if (token === "") return true;
  const [, sent = ""] = /^Bearer +(\S.*)$/i.exec(String(headers["authorization"] ?? "")) ?? [];
  return timingSafeEqual(digestOf(sent.trim()), digestOf(token.trim()));
}

const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();
