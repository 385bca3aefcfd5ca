import { NixwaveError, parseHostName, parseUserName } from "../../contract/index.ts";
import { accountsIfAny } from "./home-accounts.ts";
import type { HomePlaces } from "./home-places.ts";
import type { HomeSettings } from "./home-settings.ts";
import { textOrNull } from "./keep-file.ts";
import type { HomeInNix } from "./nix-of-home.ts";
import { parseBook, type TrustBook, trustedOf } from "./trust-book.ts";

/** What stands in the folder, for Nix. @throws NixwaveError home-incomplete | file-unreadable, as parseBook */
export async function homeInNix(places: HomePlaces, settings: HomeSettings): Promise<HomeInNix> {
  const book = await readBook(places);
  const names = [...trustedOf(book.ci), ...trustedOf(book.hub)];
  const publicKeys = new Map<string, string>();
  for (const name of names) publicKeys.set(name, await wholeText(places.publicKey(name)));
  const accounts = await accountsIfAny(places);
  const named = (role: string): readonly string[] =>
    accounts.filter((one) => one.role === role).map(({ user }) => user);
  return {
    ...{ settings, book, publicKeys },
    hosts: named("host").map(parseHostName),
    people: named("operator").map(parseUserName),
  };
}

/** @throws NixwaveError home-incomplete | file-unreadable, as parseBook */
export async function readBook({ trust }: HomePlaces): Promise<TrustBook> {
  return parseBook(await wholeText(trust), trust);
}

/** @throws NixwaveError home-incomplete | file-unreadable */
export async function wholeText(file: string): Promise<string> {
  const text = await textOrNull(file);
  if (text !== null) return text.trimEnd();
  throw new NixwaveError("home-incomplete", `${file} is not there`, { where: file });
}
