import type { IncomingHttpHeaders } from "node:http";

export interface GitHubRequest {
  readonly method: string;
  /** Below the repository, with its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface GitHubAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
