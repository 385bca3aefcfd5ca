import { listenHttp } from "./listen-http.ts";

/** A Prometheus in which no alert fires. */
export async function startQuietPrometheus() {
  const answer = JSON.stringify({
    status: "success",
    data: { resultType: "vector", result: [] },
  });
  return listenHttp((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(answer);
  });
}
