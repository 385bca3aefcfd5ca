import type { Conductor } from "../../src/conductor/index.ts";
import { parseDuration, parseReleaseAddress, type Release } from "../../src/contract/index.ts";
import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { parseBearerToken } from "../shared-by-nodes/bearer-token.ts";
import { joinFleet } from "../shared-by-nodes/join-fleet.ts";
import { guarded, readable } from "../shared-by-nodes/on-input.ts";
import { BringHome } from "./bring-home.ts";
import { KeptEtag } from "./kept-etag.ts";
import { startPoller } from "./poller.ts";
import { ReleaseShow } from "./release-show.ts";

export default function registerRelease(red: Red): void {
  function ReleaseNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    joinFleet(red, this, config, (conductor, { language }) => {
      const show = new ReleaseShow(this, conductor, language);
      const stops = [
        conductor.onRelease(guarded(this, (release: Release) => show.heard(release, "broker"))),
        poll(this, config, show, conductor),
      ];
      show.waits();
      return () => {
        for (const stop of stops) stop();
      };
    });
  }
  red.nodes.registerType("nixwave-release", ReleaseNode, {
    credentials: { token: { type: "password" } },
  });
}

const LEAST_MS = 30_000;

/** Where CI cannot reach the broker, the hub fetches (DESIGN 10). */
function poll(node: RedNode, config: NodeConfig, show: ReleaseShow, conductor: Conductor) {
  const address = String(config["url"] ?? "").trim();
  if (address === "") return () => undefined;
  try {
    const every = parseDuration(String(config["every"] || "5m"));
    const url = parseReleaseAddress(address);
    const etags = new KeptEtag(conductor, node.id, url);
    const home = new BringHome(node, conductor);
    return startPoller({
      url,
      token: parseBearerToken(node.credentials?.["token"]),
      everyMs: Math.max(LEAST_MS, every),
      etag: () => etags.get(),
      onRelease: guarded(node, (release: Release, etag: string | null) => {
        show.heard(release, "web");
        etags.saw(etag);
        home.bring(release, () => etags.keep(etag, conductor.examine(release).serial));
      }),
      onQuiet: (kind) => {
        show.quiet(kind);
        home.again();
      },
      onFailed: (error) => show.failed(error),
    });
  } catch (error) {
    show.unusable(readable(error).message);
    return () => undefined;
  }
}
