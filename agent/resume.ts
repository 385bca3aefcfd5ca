import { commit, type HostParts, revert } from "./reconciler.ts";

/**
 * What a restart interrupted: a commit and a revert are carried through, a half activation is undone.
 * A trial goes on under its lease; what was only staged waits for its order, which is retained.
 */
export async function resume(parts: HostParts): Promise<void> {
  const { journal, accepted } = parts.memory;
  const { open } = journal;
  switch (open?.phase) {
    case "committing":
      if (accepted?.order.statement === open.statement) {
        return commit(parts, open, accepted.statement);
      }
      return revert(parts, open, "agent-restarted", "the order to commit is no longer known");
    case "activating":
    case "reverting":
      return revert(parts, open, "agent-restarted", "the agent ended in the middle of it");
    default:
      return;
  }
}
