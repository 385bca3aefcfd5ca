import { Ask } from "./ask.js";
import { FleetView } from "./fleet-view.js";
import { openLink } from "./link.js";
import { Login } from "./login.js";
import { Component, html } from "./markup.js";
import { mergeGates } from "./merge-gates.js";
import * as server from "./server.js";
import { chosenFleet, fleetModel, stillAsked } from "./view-model.js";
import { browserLanguage, clockTime, wordsIn } from "./words.js";

/** An answer is of its moment; what holds from then on stands above it. An error stays until the next request. */
const ANSWER_MS = 30_000;
/** While the hub is not there, or no flow has a fleet yet. */
const LOOK_AGAIN_MS = 5_000;
/** Without storage (a private window) the choice lasts as long as the page. */
const CHOICE = "nixwave-fleet";
const choice = {
  get() {
    try {
      return localStorage.getItem(CHOICE);
    } catch {
      return null;
    }
  },
  set(fleet) {
    try {
      localStorage.setItem(CHOICE, fleet);
    } catch {
      return;
    }
  },
};
const NOTHING = { sight: undefined, details: {}, gates: [], past: [] };

/** The whole page. What comes from the hub goes into the state as it came; what is shown is made of it anew. */
export class App extends Component {
  constructor(props) {
    super(props);
    this.state = {
      ...NOTHING,
      ...{ phase: "loading", fleets: [], fleet: null, user: null, mayWrite: false },
      ...{ canLogIn: false, lostSince: null, question: null, busy: false, answer: "", error: "" },
    };
  }

  componentDidMount() {
    // The editor has deployed a flow: there may be another fleet now.
    window.addEventListener("nixwave-deployed", this.begin);
    void this.begin();
  }

  componentWillUnmount() {
    window.removeEventListener("nixwave-deployed", this.begin);
    this.link?.close();
    clearTimeout(this.later);
    clearTimeout(this.forgetting);
  }

  get language() {
    return this.state.sight?.words.language ?? browserLanguage();
  }

  /** Asks who looks and what there is; again after a login. */
  begin = async () => {
    clearTimeout(this.later);
    try {
      const { fleets, user } = await server.fleets();
      const [mayWrite, kind] = await Promise.all([server.mayWrite(), server.loginKind()]);
      const canLogIn = user === null && kind !== "none";
      this.setState({ phase: "ready", fleets, user, mayWrite, canLogIn, loginKind: kind });
      this.follow(chosenFleet(fleets, this.state.fleet ?? this.props.wanted ?? choice.get()));
    } catch (error) {
      await this.notLetIn(error);
    }
  };

  notLetIn = async (error) => {
    if (error.status !== 401 && error.status !== 403) return this.lookAgain({ phase: "unreached" });
    this.link?.close();
    this.link = undefined;
    try {
      this.setState({ phase: "login", loginKind: await server.loginKind() });
    } catch {
      this.lookAgain({ phase: "unreached" });
    }
  };

  lookAgain(state) {
    this.setState(state);
    this.later = setTimeout(this.begin, LOOK_AGAIN_MS);
  }

  follow(fleet) {
    if (this.link && fleet === this.state.fleet) return this.link.again();
    this.link?.close();
    this.link = undefined;
    this.setState({ ...NOTHING, fleet, lostSince: null, question: null });
    if (fleet === null) return this.lookAgain({});
    this.link = openLink({
      connect: (signal) => server.stream(fleet, signal),
      told: this.told,
      changed: () => this.setState({ lostSince: this.link?.lostSince ?? null }),
      refused: this.notLetIn,
    });
  }

  told = (kind, said) => {
    if (kind === "sight")
      this.setState(({ question }) => ({ sight: said, question: stillAsked(question, said) }));
    else if (kind === "closed") this.setState({ sight: null });
    else if (kind === "details")
      this.setState(({ details }) => ({ details: { ...details, [said.host]: said } }));
    else if (kind === "gates") this.setState(({ gates }) => ({ gates: mergeGates(gates, said) }));
    else if (kind === "history") this.setState({ past: said });
  };

  choose = (fleet) => {
    const address = new URL(location.href);
    address.searchParams.set("fleet", fleet);
    history.replaceState(null, "", address);
    choice.set(fleet);
    this.follow(fleet);
  };

  /** Errors are said at once, answers when the reader pauses. */
  say(text, isError) {
    clearTimeout(this.forgetting);
    if (!isError) this.forgetting = setTimeout(() => this.setState({ answer: "" }), ANSWER_MS);
    this.setState({ answer: isError ? "" : text, error: isError ? text : "" });
  }

  send = async (asked) => {
    if (this.state.busy) return;
    const words = wordsIn(this.language);
    this.setState({ busy: true, question: null, answer: "", error: "" });
    try {
      const { accepted, message } = await server.ask(this.state.fleet, asked);
      this.say(message || (accepted ? words.taken : words.refused), !accepted);
    } catch (error) {
      const isForbidden = error.status === 401 || error.status === 403;
      const otherwise = error.status === undefined ? words.unreachable : words.failed;
      this.say(isForbidden ? words.forbidden : error.message || otherwise, true);
      if (error.status === undefined) this.link?.again();
    } finally {
      this.setState({ busy: false });
    }
  };

  logOut = async () => {
    await server.logOut();
    location.reload();
  };

  banner(words, sight) {
    const { phase, lostSince } = this.state;
    if (phase === "unreached") return words.neverReached;
    if (lostSince === null) return "";
    if (!sight) return words.neverReached;
    return words.lost(clockTime(lostSince, sight.zone, this.language));
  }

  render({ isFramed }, state) {
    const { phase, sight, fleets, fleet, question } = state;
    const words = wordsIn(this.language);
    document.documentElement.lang = this.language;
    if (phase === "login") {
      return html`<${Login} words=${words} kind=${state.loginKind} done=${this.begin} />`;
    }
    const banner = this.banner(words, sight);
    const isStale = state.lostSince !== null || phase === "unreached";
    const model = sight ? fleetModel(sight, { mayWrite: state.mayWrite, isStale }) : null;
    const ask = (asked) => this.setState({ question: asked, answer: "", error: "" });
    return html`
      <a class="skip" href="#hosts">${words.skip}</a>
      <${Top} ...${{ words, model, fleets, fleet, isFramed }} choose=${this.choose} />
      <div role="status">${banner && html`<p class="banner">${banner}</p>`}</div>
      <main class=${isStale ? "stale" : ""}>
        ${model ? html`<${FleetView} ...${{ ...state, words, model, ask }} />` : html`<p class="empty" role="status">${this.absence(words)}</p>`}
      </main>
      <p class="spoken" aria-live="polite">${model?.announcement ?? ""}</p>
      <${Bottom} ...${{ words, state, isFramed }} logOut=${this.logOut} logIn=${() => this.setState({ phase: "login" })} />
      ${question && html`<${Ask} key=${question.key} ...${{ words, question, language: this.language }} send=${this.send} close=${() => this.setState({ question: null })} />`}
    `;
  }

  absence(words) {
    const { phase, fleet, sight } = this.state;
    if (phase === "ready" && fleet === null) return words.noFleet;
    return sight === null ? words.notOpen : words.loading;
  }
}

function Top({ words, model, fleets, fleet, choose, isFramed }) {
  const label = fleets.find(({ id }) => id === fleet)?.label ?? "Nixwave";
  const options = fleets.map(
    (one) => html`<option value=${one.id} selected=${one.id === fleet}>${one.label}</option>`,
  );
  const isChoice = fleets.length > 1;
  return html`<header class="top">
    <h1 class=${isChoice || isFramed ? "spoken" : ""}>${label}</h1>
    ${isChoice && html`<select aria-label=${words.fleet} onChange=${({ target }) => choose(target.value)}>${options}</select>`}
    ${model?.count && html`<span class="count">${words.online(model.count.online, model.count.all)}</span>`}
  </header>`;
}

function Bottom({ words, state, isFramed, logOut, logIn }) {
  if (isFramed) return null;
  return html`<footer class="bottom">
    <a href=${server.editorAddress}>${words.editor}</a>
    ${state.canLogIn && html`<button type="button" class="plain" onClick=${logIn}>${words.login.go}</button>`}
    ${state.user && html`<span>${state.user}</span><button type="button" class="plain" onClick=${logOut}>${words.login.out}</button>`}
  </footer>`;
}
