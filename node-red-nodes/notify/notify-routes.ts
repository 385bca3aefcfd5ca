import type { Red, Request, RequestHandler } from "../runtime/red.ts";
import type { TestState } from "./phone-line.ts";

interface Tested {
  readonly test: TestState;
  sendTest(): TestState;
}

/** The dialog's Test button. Registered once, whatever is deployed: the node is looked up at each request. */
export function serveTests(red: Red, find: (id: string) => Tested | null): void {
  const route =
    (answer: (tested: Tested) => TestState): RequestHandler =>
    (request: Request, response) => {
      const tested = find(String(request.params?.["id"]));
      if (tested) response.json(answer(tested));
      else response.status(404).json({ code: "not-there", message: "no such node is deployed" });
    };
  red.httpAdmin.get(
    "/nixwave/notify/:id/test",
    red.auth.needsPermission("nixwave.read"),
    route(({ test }) => test),
  );
  red.httpAdmin.post(
    "/nixwave/notify/:id/test",
    red.auth.needsPermission("nixwave.write"),
    route((tested) => tested.sendTest()),
  );
}
