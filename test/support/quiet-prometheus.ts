import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A Prometheus in which no alert fires. */
export async function startQuietPrometheus() {
  const answer = JSON.stringify({
    status: "success",
    data: { resultType: "vector", result: [] },
  });
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}
