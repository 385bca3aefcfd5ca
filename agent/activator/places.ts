import { join } from "node:path";

/** Where everything lies, below the host's root (docs/host.md, "Places"). `lock` and `trial` are frozen for ever. */
export function placesBelow(root: string) {
  const state = join(root, "nix/var/nixwave");
  const report = join(root, "nix/var/nixwave-report");
  const run = join(root, "run/nixwave");
  return {
    state,
    lock: join(state, "lock"),
    trial: join(state, "trial.v1"),
    journal: join(state, "journal.json"),
    ratchet: join(state, "ratchet.json"),
    accepted: join(state, "accepted.json"),
    reserve: join(state, "reserve"),
    switches: join(state, "switch"),
    nixCache: join(state, "nix-cache"),
    requests: join(state, "requests"),
    reportFolder: report,
    report: join(report, "report.json"),
    inbox: join(run, "in"),
    taken: join(run, "taken"),
    out: join(run, "out"),
    progress: join(run, "out/progress.json"),
    log: join(run, "out/log"),
  } as const;
}

export type Places = ReturnType<typeof placesBelow>;
