import type { AgentConfig } from "../config.ts";
import { basicLogin, parseNetrc } from "../pull/netrc.ts";
import { readWhole } from "../read-whole.ts";
import { runProgram } from "../run-program.ts";
import type { ProbedBroker, ProbedCache, ProbePorts } from "./probe-ports.ts";

const SYSTEMCTL_LIMIT_MS = 30_000;

/**
 * What this host's own probes reach. Secrets are read anew for each try, because the new system may have changed
 * them, and only by the probe that needs them: without them the activator still has to report and to revert.
 */
export function openProbePorts(config: AgentConfig, path: string): ProbePorts {
  return {
    host: config.trust.host,
    systemctl:
      config.root === "/"
        ? (args, stop) =>
            runProgram("systemctl", args, {
              env: { PATH: path },
              limitMs: SYSTEMCTL_LIMIT_MS,
              stop,
            })
        : null,
    broker: () => probedBroker(config),
    cache: () => probedCache(config),
    commandEnv: { PATH: path, HOME: "/var/empty", LANG: "C.UTF-8" },
  };
}

async function probedBroker({ broker, passwordFile, tls }: AgentConfig): Promise<ProbedBroker> {
  const { caFile, certFile, keyFile } = tls;
  return {
    url: broker,
    password: passwordFile === null ? null : await passwordIn(passwordFile),
    ...(caFile === null ? {} : { ca: await bytesOf(caFile) }),
    ...(certFile === null ? {} : { cert: await bytesOf(certFile) }),
    ...(keyFile === null ? {} : { key: await bytesOf(keyFile) }),
  };
}

async function probedCache({ substituters, netrcFile }: AgentConfig): Promise<ProbedCache | null> {
  const [url] = substituters;
  if (url === undefined) return null;
  const logins = netrcFile === null ? [] : parseNetrc((await bytesOf(netrcFile)).toString("utf8"));
  return { url, authorization: basicLogin(logins, new URL(url).hostname) };
}

const passwordIn = async (file: string): Promise<string> =>
  (await bytesOf(file)).toString("utf8").replace(/\r?\n$/, "");

const bytesOf = async (file: string): Promise<Buffer> => Buffer.from(await readWhole(file));
