import type { Conductor } from "../../src/conductor/index.ts";
import { instant, NixwaveError } from "../../src/contract/index.ts";
import type { Home } from "../../src/people/index.ts";
import { foreign } from "../page/foreign.ts";
import { servePage } from "../page/page-routes.ts";
import type { Red, Request, RequestHandler, Response } from "../runtime/red.ts";
import type { LiveTopics } from "./live-topics.ts";
import { parseAsked } from "./parse-asked.ts";
import { slimView } from "./slim-view.ts";

/** What the routes need of a fleet's node. */
export interface ServedFleet {
  readonly conductor: Conductor | null;
  /** "name:base64"; null while the node is not usable. */
  readonly publicKey: string | null;
  /** For whom texts are written; null while the node is not usable. */
  readonly home: Home | null;
  /** Null while the node is not usable. */
  readonly topics: LiveTopics | null;
}

/**
 * Routes for dialog and fleet page. Registered once, whatever is deployed: the fleet is looked up by its id at
 * each request.
 */
export function serveFleets(red: Red, find: (id: string) => ServedFleet | null): void {
  const route =
    (answer: (fleet: ServedFleet, request: Request) => unknown): RequestHandler =>
    (request, response) =>
      void reply(response, () => {
        const fleet = find(String(request.params?.["id"]));
        if (!fleet) throw new NotThere("no such fleet is deployed");
        return answer(fleet, request);
      });
  servePage(red, find);
  const mayRead = red.auth.needsPermission("nixwave.read");
  const mayWrite = red.auth.needsPermission("nixwave.write");
  red.httpAdmin.get(
    "/nixwave/fleet/:id/key",
    mayRead,
    route(({ publicKey }) => {
      if (publicKey === null) throw new NotThere("the fleet's node is not usable");
      return { publicKey };
    }),
  );
  red.httpAdmin.get(
    "/nixwave/fleet/:id/state",
    mayRead,
    route((fleet) => {
      const { view } = conductorOf(fleet);
      if (!fleet.home) throw new NotThere("the fleet's node is not usable");
      return slimView(view, fleet.home, instant(Date.now()));
    }),
  );
  red.httpAdmin.get(
    "/nixwave/fleet/:id/topics",
    mayRead,
    route(async ({ topics }) => {
      if (!topics) throw new NotThere("the fleet's node is not usable");
      return await topics.list();
    }),
  );
  red.httpAdmin.post("/nixwave/fleet/:id/ask", mayWrite, route(handOver));
}

function handOver(fleet: ServedFleet, request: Request): unknown {
  const why = foreign(request, true);
  if (why !== null) throw new Foreign(why);
  const by = request.user?.username ?? NOBODY;
  return conductorOf(fleet).ask(parseAsked(request.body, by));
}

/** Where the editor asks nobody who it is; also the name of such a hold. */
const NOBODY = "fleet-page";

class NotThere extends Error {}
class Foreign extends Error {}

function conductorOf({ conductor }: ServedFleet): Conductor {
  if (conductor) return conductor;
  throw new NotThere("the fleet is not open yet");
}

async function reply(response: Response, answer: () => unknown): Promise<void> {
  try {
    response.json(await answer());
  } catch (error) {
    if (error instanceof NotThere) {
      response.status(404).json({ code: "fleet-not-there", message: error.message });
    } else if (error instanceof Foreign) {
      response.status(403).json({ code: "foreign-request", message: error.message });
    } else if (error instanceof NixwaveError) {
      response.status(400).json({ code: error.code, message: error.message });
    } else {
      response.status(500).json({ code: "internal-error", message: String(error) });
    }
  }
}
