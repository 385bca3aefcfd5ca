import { nextSteps } from "./next-steps.ts";
import type { Sight } from "./sight.ts";

/** `nixwave status --json`, described in docs/cli.md: fields are added, never renamed or removed. Pure. */
export function statusJson(sight: Sight): object {
  const { at, hub, isConnected, holds, status } = sight;
  return {
    v: 1,
    at,
    connected: isConnected,
    hub,
    holds,
    rollout: status && {
      id: status.rollout,
      channel: status.channel,
      serial: status.serial,
      title: status.title,
      phase: status.phase,
      completion: status.completion,
      why: status.why,
      paused: status.paused,
    },
    hosts: sight.hosts.map(({ host, online, reported, running, step, progress }) => ({
      host,
      online,
      state: step?.state ?? null,
      why: step?.why ?? null,
      running: running && { serial: running.serial, title: running.title },
      system: reported?.current ?? null,
      phase: reported?.phase ?? null,
      percent: progress?.percent ?? null,
      rebootRequired: reported?.rebootRequired ?? null,
      drift: reported?.drift ?? [],
      waiting: reported?.waiting ?? null,
      agent: reported?.agent ?? null,
      reportedAt: reported?.at ?? null,
    })),
    next: nextSteps(sight),
    unreadable: sight.unreadable,
  };
}
