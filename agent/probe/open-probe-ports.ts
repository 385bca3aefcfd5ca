import { readFile } from "node:fs/promises";
import type { AgentConfig } from "../config.ts";
import { basicLogin, parseNetrc } from "../pull/netrc.ts";
import { readWhole } from "../read-whole.ts";
import { runProgram } from "../run-program.ts";
import type { ProbePorts } from "./probe-ports.ts";

const SYSTEMCTL_LIMIT_MS = 30_000;

/** What this host's own probes reach. Secrets are read anew for each run: the new system may have changed them. */
export async function openProbePorts(config: AgentConfig, path: string): Promise<ProbePorts> {
  const { root, broker, passwordFile, substituters, netrcFile, tls } = config;
  const cache = substituters[0];
  const logins =
    netrcFile === null ? [] : parseNetrc(Buffer.from(await readWhole(netrcFile)).toString("utf8"));
  return {
    host: config.trust.host,
    systemctl:
      root === "/"
        ? (args, stop) =>
            runProgram("systemctl", args, {
              env: { PATH: path },
              limitMs: SYSTEMCTL_LIMIT_MS,
              stop,
            })
        : null,
    broker: {
      url: broker,
      password: passwordFile === null ? null : await passwordIn(passwordFile),
      ...(tls.caFile === null ? {} : { ca: await readFile(tls.caFile) }),
    },
    cache:
      cache === undefined
        ? null
        : { url: cache, authorization: basicLogin(logins, new URL(cache).hostname) },
    commandEnv: { PATH: path, HOME: "/var/empty", LANG: "C.UTF-8" },
  };
}

async function passwordIn(file: string): Promise<string> {
  return Buffer.from(await readWhole(file))
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
