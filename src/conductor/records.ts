import { entriesOf } from "../rollout/index.ts";
import type { Happened, PastRollout } from "./conductor.ts";
import type { HubStore } from "./hub-store.ts";

/** What must be on disk before anybody is told. @throws NixwaveError hub-state-failed */
export function record(store: HubStore, { announcement, view }: Happened): void {
  if (announcement.type === "RolloutEnded" && view.status) {
    const { id, startedAt } = announcement.rollout;
    const past: PastRollout = { status: view.status, startedAt };
    store.recordEnd({ rollout: id, endedAt: announcement.at, past });
  }
  if (announcement.type === "HostEnded" && announcement.state === "Succeeded") {
    const own = entriesOf(view.state.hosts).find(({ host }) => host === announcement.host);
    // The hub that can read the older journal is not needed any more once its own host stays as it is.
    if (own?.planned.carries.includes("hub")) store.forgetPrevious();
  }
}
