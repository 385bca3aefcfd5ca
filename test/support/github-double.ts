import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { GitHubAnswer, GitHubRequest } from "./github-exchange.ts";
import { GitHubFiles } from "./github-files.ts";
import { GitHubReleases } from "./github-releases.ts";

interface Trouble {
  readonly when: RegExp;
  /** Null: after it happened, the usual answer. "lost": what was asked is done, and nobody hears of it. */
  readonly answer: () => GitHubAnswer | "cut" | "lost" | null;
  times: number;
}

/**
 * A double of GitHub's REST API, NOT the real one, which no test may write to: releases and their assets, contents and git
 * refs of one repository, as far as Nixwave meets them (docs.github.com/rest, version 2022-11-28). Assets are given by a
 * redirect to a storage of another origin, as GitHub does.
 */
export class GitHubDouble {
  readonly #server: Server;
  readonly #storage: Server;
  readonly #troubles: Trouble[] = [];
  readonly token = "ghs_doubleDoubleToilAndTrouble";
  readonly repository = "someone/homelab";
  readonly files = new GitHubFiles();
  readonly releases = new GitHubReleases(() => [this.url, urlOf(this.#storage)]);
  /** "GET /releases/tags/nixwave" and the like, in order. */
  readonly requests: string[] = [];
  /** The authorization that the storage was shown. */
  readonly shownToStorage: (string | undefined)[] = [];

  constructor() {
    this.#server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { method = "", url = "", headers } = request;
      const path = url.replace(`/repos/${this.repository}`, "");
      this.requests.push(`${method} ${path}`);
      const answer = this.#answer({ method, path, headers, body: Buffer.concat(parts) });
      if (answer === "cut") request.socket.destroy();
      else send(response, answer);
    });
    this.#storage = createServer((request, response) => {
      this.shownToStorage.push(request.headers.authorization);
      const bytes = this.releases.bytesAt(request.url ?? "");
      response
        .writeHead(bytes ? 200 : 404, { "content-type": "application/octet-stream" })
        .end(bytes);
    });
  }

  get url(): string {
    return urlOf(this.#server);
  }

  async start(): Promise<this> {
    for (const server of [this.#server, this.#storage]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#server, this.#storage]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** Answers thus to the next requests whose method and path match. */
  trouble(when: RegExp, answer: GitHubAnswer | "cut" | "lost", times = 1): void {
    this.#troubles.push({ when, answer: () => answer, times });
  }

  /** Does something just before the next such request is looked at, as another job would. */
  before(when: RegExp, act: () => void): void {
    const answer = (): null => {
      act();
      return null;
    };
    this.#troubles.push({ when, answer, times: 1 });
  }

  #answer(request: GitHubRequest): GitHubAnswer | "cut" {
    const { method, path } = request;
    const trouble = this.#troubles.find(
      ({ when, times }) => times > 0 && when.test(`${method} ${path}`),
    );
    if (trouble) {
      trouble.times -= 1;
      const answer = trouble.answer();
      if (answer === "lost") this.#usual(request);
      if (answer) return answer === "lost" ? "cut" : answer;
    }
    return this.#usual(request);
  }

  #usual(request: GitHubRequest): GitHubAnswer {
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      return { status: 401, body: { message: "Bad credentials" } };
    }
    return (
      this.releases.answer(request) ??
      this.files.answer(request) ?? { status: 404, body: { message: "Not Found" } }
    );
  }
}

const urlOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function send(response: ServerResponse, { status, headers = {}, body }: GitHubAnswer): void {
  const isText = typeof body === "string";
  const type = isText ? "text/html" : "application/json; charset=utf-8";
  response.writeHead(status, { "content-type": type, ...headers });
  response.end(body === undefined || isText ? body : JSON.stringify(body));
}
