import { get as getPlain } from "node:http";
import { get as getOverTls } from "node:https";

/** One GET, its body as it comes, whatever its status says; where it leads elsewhere it fails. */
export type HttpGet = (address: URL, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

/** Node-RED has loaded all of this; Node's own fetch took 18 MiB of a hub that asks nothing but Prometheus. */
export const httpGet: HttpGet = (address, signal) =>
  new Promise((resolve, reject) => {
    const get = address.protocol === "https:" ? getOverTls : getPlain;
    const request = get(address, { signal }, (response) => {
      const { statusCode = 0 } = response;
      if (statusCode < 300 || statusCode >= 400) return resolve(response);
      response.resume();
      reject(new Error(`${address.origin} answered ${statusCode}`));
    });
    request.on("error", reject);
  });
