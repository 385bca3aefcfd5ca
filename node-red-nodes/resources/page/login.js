import { Component, createRef, html } from "./markup.js";
import { editorAddress, logIn } from "./server.js";

/** The editor's own login. Where it is another server's (OAuth and the like) only the editor itself knows the way. */
export class Login extends Component {
  state = { isWrong: false, isBusy: false, error: "" };
  first = createRef();

  componentDidMount() {
    this.first.current?.focus();
  }

  go = async (event) => {
    event.preventDefault();
    const { done, words } = this.props;
    const given = new FormData(event.target);
    this.setState({ isBusy: true, isWrong: false, error: "" });
    try {
      if (await logIn(given.get("username"), given.get("password"))) return done();
      this.setState({ isWrong: true });
    } catch {
      this.setState({ error: words.unreachable });
    } finally {
      this.setState({ isBusy: false });
    }
  };

  render({ words, kind }, { isWrong, isBusy, error }) {
    const { login } = words;
    const said = isWrong ? login.wrong : error;
    if (kind !== "credentials") {
      return html`<main class="login">
        <h1>${login.title}</h1>
        <p>${login.elsewhere}</p>
        <a class="button main" href=${editorAddress}>${login.toEditor}</a>
      </main>`;
    }
    return html`<main class="login">
      <form onSubmit=${this.go} aria-labelledby="login">
        <h1 id="login">${login.title}</h1>
        <p>${login.lead}</p>
        <label>${login.name}<input ref=${this.first} name="username" autocomplete="username" autocapitalize="none" required /></label>
        <label>${login.password}<input name="password" type="password" autocomplete="current-password" required /></label>
        <p class="error" role="alert">${said}</p>
        <button type="submit" class="main" disabled=${isBusy}>${login.go}</button>
      </form>
    </main>`;
  }
}
