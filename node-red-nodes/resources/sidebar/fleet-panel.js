// A fleet on a page: the editor's sidebar, and any other page that brings a transport and labels of its own.
import { drawButtons, drawHeadline, drawHosts, drawPauses, element, region } from "./draw.js";
import { LOOK_EVERY_MS, openFreshness } from "./freshness.js";
import { chosenFleet, fleetModel } from "./view-model.js";

/** Asked back before they are sent: they cut something short. */
const ASKED_BACK = new Set(["abort", "deployNow"]);

/**
 * @param root where it is drawn
 * @param labels texts of the page, in the language of who looks; see locales/en-US/nixwave-sidebar.json
 * @param transport how the hub is reached:
 *   load(fleet) resolves to the view; rejects with { isThere, message }, isThere: the hub has no such fleet open
 *   ask(fleet, asked) resolves to { accepted, message }; rejects with { message }
 *   listen(fleet, told) pushes, null when the hub closed the fleet; returns stops
 * @param mayWrite whether who looks may ask
 * @param memory get() and set(id): which fleet was chosen
 */
export function openFleetPanel({ root, labels, transport, mayWrite, memory }) {
  const { body, parts } = build(labels, { press, ask: (asked) => void send(asked) });
  root.replaceChildren(body);
  let fleets = [];
  let shown = null;
  let stopListening = () => undefined;
  let sight = null;
  let away = "";
  let heardCount = 0;
  let fresh = openFreshness(performance.now());
  let asking = false;
  let announced = "";

  const heard = (view) => {
    heardCount += 1;
    sight = view;
    away = view === null ? labels.notOpen : "";
    fresh.heard(performance.now());
    draw();
  };

  async function load() {
    const wanted = shown;
    const before = heardCount;
    if (wanted === null) return;
    try {
      const view = await transport.load(wanted);
      if (wanted === shown && before === heardCount) heard(view);
    } catch (error) {
      if (wanted !== shown || before !== heardCount) return;
      if (error.isThere) {
        heard(null);
        return;
      }
      fresh.lost();
      draw();
    }
  }

  function choose(id) {
    if (id === shown) return;
    stopListening();
    shown = id;
    sight = null;
    announced = "";
    away = id === null ? labels.noFleet : labels.loading;
    fresh = openFreshness(performance.now());
    closeQuestion();
    stopListening = id === null ? () => undefined : transport.listen(id, heard);
    draw();
    void load();
  }

  async function send(asked) {
    if (asking) return;
    asking = true;
    say("", false);
    draw();
    try {
      const { accepted, message } = await transport.ask(shown, asked);
      say(message || (accepted ? labels.taken : labels.refused), !accepted);
    } catch (error) {
      say(error.message || labels.unreachable, true);
    } finally {
      asking = false;
      draw();
      void load();
    }
  }

  /** Errors are said at once, answers when the reader pauses. */
  function say(text, isError) {
    parts.answer.textContent = isError ? "" : text;
    parts.error.textContent = isError ? text : "";
  }

  function press(button) {
    if (ASKED_BACK.has(button.name)) openQuestion(button);
    else void send(button.asks);
  }

  function openQuestion({ name, asks }) {
    const go = (isYes) => {
      closeQuestion();
      parts.buttons.place.querySelector(`[data-key="${name}"]`)?.focus();
      if (isYes) void send(asks);
    };
    const words = element("p", { id: "nixwave-question" }, labels.question[name]);
    const no = element(
      "button",
      { type: "button", class: "nixwave-button", onclick: () => go(false) },
      labels.cancel,
    );
    const yes = element(
      "button",
      { type: "button", class: "nixwave-button nixwave-sure", onclick: () => go(true) },
      labels.buttons[name].sure,
    );
    parts.question.replaceChildren(words, element("div", { class: "nixwave-actions" }, no, yes));
    parts.question.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      go(false);
    };
    parts.question.hidden = false;
    no.focus();
  }

  function closeQuestion() {
    parts.question.hidden = true;
    parts.question.replaceChildren();
  }

  function draw() {
    const model = fleetModel(sight, { mayWrite, isStale: fresh.isStale });
    const isLost = fresh.isStale;
    body.classList.toggle("nixwave-stale", isLost);
    parts.stale.textContent = isLost ? staleWords(model) : "";
    parts.stale.hidden = !isLost;
    parts.away.textContent = model.isOpen ? "" : away;
    parts.away.hidden = model.isOpen || isLost;
    parts.view.hidden = !model.isOpen;
    if (!model.isOpen) return;
    parts.view.lang = model.language;
    const canAsk = model.canAsk && !asking;
    parts.headline.show(model.headline);
    parts.pauses.show({ pauses: model.pauses, canAsk });
    parts.buttons.show(model.buttons.map((one) => ({ ...one, isOn: one.isOn && !asking })));
    parts.hosts.show(model.rows);
    parts.count.textContent = labels.online(model.count);
    if (announced !== model.announcement) parts.announcement.textContent = model.announcement;
    announced = model.announcement;
  }

  const staleWords = (model) =>
    model.isOpen ? labels.stale(new Date(model.at)) : labels.unreachable;

  parts.select.addEventListener("change", () => {
    memory.set(parts.select.value);
    choose(parts.select.value);
  });

  const isLookedAt = () => document.visibilityState === "visible" && root.offsetParent !== null;
  const look = () => {
    if (!isLookedAt()) return;
    const was = fresh.isStale;
    if (fresh.look(performance.now())) void load();
    if (fresh.isStale !== was) draw();
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  const wentAway = () => {
    fresh.lost();
    draw();
  };
  const reload = () => void load();
  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", reload);
  window.addEventListener("offline", wentAway);

  return {
    /** @param list { id, label }, in the order in which they are offered */
    setFleets(list) {
      fleets = list;
      const id = chosenFleet(fleets, memory.get());
      const options = fleets.map((one) => element("option", { value: one.id }, one.label));
      parts.select.replaceChildren(...options);
      if (id !== null) parts.select.value = id;
      parts.select.hidden = fleets.length < 2;
      if (id === null) away = labels.noFleet;
      choose(id);
      draw();
    },
    /** Asks the hub now: the page was opened, or a connection is back. */
    reload,
    close() {
      clearInterval(timer);
      stopListening();
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("online", reload);
      window.removeEventListener("offline", wentAway);
    },
  };
}

function build(labels, { press, ask }) {
  const parts = {
    select: element("select", {
      class: "nixwave-select",
      "aria-label": labels.fleet,
      hidden: true,
    }),
    stale: element("div", { class: "nixwave-banner", role: "status", hidden: true }),
    away: element("div", { class: "nixwave-empty", role: "status" }, labels.noFleet),
    headline: region("div", { class: "nixwave-headline" }, drawHeadline),
    pauses: region("div", {}, (content) => drawPauses(content, ask)),
    buttons: region(
      "div",
      { class: "nixwave-buttons", role: "group", "aria-label": labels.rollout },
      (buttons) => drawButtons(buttons, labels.buttons, press),
    ),
    question: element("div", {
      ...{ class: "nixwave-question", role: "alertdialog", hidden: true },
      ...{ "aria-labelledby": "nixwave-question" },
    }),
    answer: element("div", { class: "nixwave-answer", role: "status" }),
    error: element("div", { class: "nixwave-error", role: "alert" }),
    announcement: element("div", { class: "nixwave-spoken", "aria-live": "polite" }),
    hosts: region("ul", { class: "nixwave-hosts", "aria-label": labels.hosts }, drawHosts),
    count: element("span", { class: "nixwave-count" }),
  };
  parts.view = element(
    "div",
    { hidden: true },
    element("section", { "aria-label": labels.rollout }, parts.headline.place, parts.pauses.place),
    parts.buttons.place,
    parts.question,
    parts.answer,
    parts.error,
    element("h4", { class: "nixwave-hosts-title" }, labels.hosts, parts.count),
    parts.hosts.place,
  );
  const body = element(
    "div",
    { class: "nixwave-fleet" },
    parts.select,
    parts.stale,
    parts.away,
    parts.view,
    parts.announcement,
  );
  return { body, parts };
}
