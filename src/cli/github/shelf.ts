import type { Release } from "../../contract/index.ts";

/** A place on GitHub that holds one release, for a hub that fetches it. */
export interface Shelf {
  /** What a hub of a public repository asks for. */
  readonly url: string;
  /** What is there now; undefined when there is nothing. @throws NixwaveError as GitHubApi, and a release parser's codes */
  read(): Promise<Release | undefined>;
  /**
   * Replaces what `read` found last.
   * @throws NixwaveError publish-not-kept when somebody else replaced it meanwhile, and as GitHubApi
   */
  write(bytes: Uint8Array): Promise<void>;
}
