// The hub's server: its routes, the editor's own login, and a stream that is read as it comes.

/** The folder below which the editor and its routes lie. */
const ROOT = new URL("../../", location.href);
/** Where the editor keeps its login (editor-client, settings.js): who is logged in there is so here. */
const KEPT = `auth-tokens${ROOT.pathname.slice(0, -1).replaceAll("/", "-")}`;
/** No other site's page can send it unasked. */
const OWN = { "x-nixwave": "1" };

/** Without storage (a private window) a login lasts as long as the page. */
let remembered = null;

function token() {
  try {
    return JSON.parse(localStorage.getItem(KEPT))?.access_token ?? null;
  } catch {
    return remembered?.access_token ?? null;
  }
}

function remember(login) {
  remembered = login;
  try {
    if (login === null) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, JSON.stringify(login));
  } catch {
    return;
  }
}

/** Refused for want of rights, gone, or not reached. */
class ServerError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function send(path, options = {}) {
  const known = token();
  const headers = {
    ...OWN,
    ...(known === null ? {} : { authorization: `Bearer ${known}` }),
    ...options.headers,
  };
  const answer = await fetch(new URL(path, ROOT), { cache: "no-store", ...options, headers });
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => null);
  throw new ServerError(answer.status, said?.message ?? "");
}

const json = async (path, options) => (await send(path, options)).json();
const post = (path, body) =>
  json(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
const of = (fleet, what) => `nixwave/fleet/${encodeURIComponent(fleet)}/${what}`;

export const fleets = () => json("nixwave/fleets", { signal: AbortSignal.timeout(15_000) });
export const ask = (fleet, asked) => post(of(fleet, "ask"), asked);
export const stream = (fleet, signal) => send(of(fleet, "stream"), { signal });
export const editorAddress = ROOT.href;

/** Node-RED decides, not the page. */
export const mayWrite = () =>
  send("nixwave/rights").then(
    () => true,
    (error) => {
      if (error.status === 401 || error.status === 403) return false;
      throw error;
    },
  );

/** "none", "credentials", or another way that only the editor knows. */
export const loginKind = async () => (await json("auth/login")).type ?? "none";

/** @returns whether name and password were right */
export async function logIn(username, password) {
  const asked = { client_id: "node-red-editor", grant_type: "password", scope: "" };
  try {
    remember(await post("auth/token", { ...asked, username, password }));
    return true;
  } catch (error) {
    if (error.status === 401 || error.status === 403) return false;
    throw error;
  }
}

export async function logOut() {
  const known = token();
  await post("auth/revoke", { token: known }).catch(() => undefined); // it may be gone already
  remember(null);
}
