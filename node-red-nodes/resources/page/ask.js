// Everything is asked back before it is sent: a phone is pressed by accident, and by children.
import { Component, createRef, html } from "./markup.js";

const HOURS = [1, 4, 12];
/** No time of the hub's (contract, instants.ts), and no host's name. */
const UNTIL_RESUMED = "*";
const EVERYBODY = "*";
/** They cut something short or change what runs: the safe answer has the focus. */
const GRAVE = new Set(["abort", "rollback", "skip", "refuse"]);

/** A modal dialog: the browser keeps the focus in it, gives it back, and takes Escape for a no. */
export class Ask extends Component {
  dialog = createRef();
  no = createRef();

  componentDidMount() {
    this.before = document.activeElement;
    this.dialog.current.showModal();
    if (GRAVE.has(this.props.question.name)) this.no.current.focus();
    else this.dialog.current.querySelector(".main").focus();
  }

  componentWillUnmount() {
    this.dialog.current?.close();
    // Its button may be off or gone by now: then whoever uses the keyboard goes on at the buttons.
    requestAnimationFrame(() => {
      const isThere = this.before?.isConnected && !this.before.disabled;
      const target = isThere ? this.before : document.getElementById("buttons");
      target?.focus();
    });
  }

  answer = (event) => {
    event.preventDefault();
    this.props.send(askedBy(this.props.question, new FormData(event.target)));
  };

  cancel = (event) => {
    event.preventDefault();
    this.props.close();
  };

  render({ words, question }) {
    const { name, label } = question;
    const title = words.question[name] ?? words.question.other(label);
    const isGrave = GRAVE.has(name);
    return html`<dialog ref=${this.dialog} aria-labelledby="question" aria-describedby="about" onCancel=${this.cancel}>
      <form onSubmit=${this.answer}>
        <h2 id="question">${title}</h2>
        <p id="about">${aboutOf(words, question)}</p>
        <${Fields} ...${{ words, question }} />
        <div class="answers">
          <button type="button" ref=${this.no} onClick=${this.cancel}>${words.cancel}</button>
          <button type="submit" class=${isGrave ? "main grave" : "main"}>${label}</button>
        </div>
      </form>
    </dialog>`;
  }
}

function aboutOf(words, { name, host }) {
  const about = words.about[name];
  return typeof about === "function" ? about(host) : (about ?? "");
}

function Fields({ words, question }) {
  const { field } = words;
  switch (question.name) {
    case "hold":
      return html`<label>${field.holdFor}<select name="duration">
        ${HOURS.map((count) => html`<option value="${count}h" selected=${count === 4}>${field.hours(count)}</option>`)}
        <option value=${UNTIL_RESUMED}>${field.untilResumed}</option>
      </select></label>`;
    case "deploy":
      return html`<label class="tick"><input type="checkbox" name="now" defaultChecked=${question.hurries} />
        <span>${field.now}</span></label>`;
    case "abort":
      return html`<label>${field.returns}<select name="scope">
        <option value="failed">${field.failedReturn}</option>
        <option value="all">${field.allReturn}</option>
      </select></label>`;
    case "rollback":
      return html`<label>${field.whoReturns}<select name="host">
        <option value=${EVERYBODY}>${field.everybody}</option>
        ${question.hosts.map((host) => html`<option value=${host}>${host}</option>`)}
      </select></label>`;
    default:
      return null;
  }
}

/** What is sent (fleet/parse-asked.ts). */
function askedBy({ name, verb, host }, fields) {
  switch (name) {
    case "hold":
      return { verb: "hold", duration: orNull(fields.get("duration"), UNTIL_RESUMED) };
    case "deploy":
      return { verb: "deploy", now: fields.get("now") !== null };
    case "abort":
      return { verb: "abort", scope: fields.get("scope") };
    case "rollback":
      return { verb: "rollback", host: orNull(fields.get("host"), EVERYBODY) };
    default:
      return { verb: verb ?? name, host: host ?? null };
  }
}

const orNull = (value, none) => (value === none ? null : value);
