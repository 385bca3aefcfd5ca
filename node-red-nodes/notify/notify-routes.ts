import { foreign } from "../page/foreign.ts";
import type { Red, Request, RequestHandler } from "../runtime/red.ts";
import type { TestState } from "./phone-line.ts";

interface Tested {
  readonly test: TestState;
  sendTest(): TestState;
}

/** The dialog's Test button. Registered once, whatever is deployed: the node is looked up at each request. */
export function serveTests(red: Red, find: (id: string) => Tested | null): void {
  const route =
    (answer: (tested: Tested) => TestState, writes: boolean): RequestHandler =>
    (request: Request, response) => {
      // Where nobody has to log in, any site could ring the phones.
      const why = writes ? foreign(request, true) : null;
      const tested = find(String(request.params?.["id"]));
      if (why !== null) response.status(403).json({ code: "foreign-request", message: why });
      else if (tested) response.json(answer(tested));
      else response.status(404).json({ code: "not-there", message: "no such node is deployed" });
    };
  red.httpAdmin.get(
    "/nixwave/notify/:id/test",
    red.auth.needsPermission("nixwave.read"),
    route(({ test }) => test, false),
  );
  red.httpAdmin.post(
    "/nixwave/notify/:id/test",
    red.auth.needsPermission("nixwave.write"),
    route((tested) => tested.sendTest(), true),
  );
}
