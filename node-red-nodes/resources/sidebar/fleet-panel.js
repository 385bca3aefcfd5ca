// A fleet on a page: the editor's sidebar, and any other page that brings a transport and labels of its own.
import { openQuestions } from "./ask-back.js";
import { element } from "./draw.js";
import { buildFrame } from "./frame.js";
import { LOOK_EVERY_MS, openFreshness } from "./freshness.js";
import { chosenFleet, fleetModel } from "./view-model.js";

/** Asked back before they are sent: they cut something short. */
const ASKED_BACK = new Set(["abort", "deployNow"]);

/** An answer is of its moment; what holds from then on stands above it. An error stays until the next request. */
const ANSWER_MS = 30_000;

/**
 * @param root where it is drawn
 * @param labels texts of the page, in the language of who looks; see locales/en-US/nixwave-sidebar.json
 * @param transport how the hub is reached:
 *   load(fleet) resolves to the view; rejects with { isGone, message }, isGone: the hub has no such fleet open
 *   ask(fleet, asked) resolves to { accepted, message }; rejects with { message }
 *   listen(fleet, told) pushes, null when the hub closed the fleet; returns stops
 * @param mayWrite whether who looks may ask
 * @param holdSource whose hold this page's is; null: who is logged in
 * @param memory get() and set(id): which fleet was chosen
 */
export function openFleetPanel({ root, labels, transport, mayWrite, holdSource, memory }) {
  const { body, parts } = buildFrame(labels, { press, ask: (asked) => void send(asked) });
  root.replaceChildren(body);
  const questions = openQuestions(parts, labels, (asked) => void send(asked));
  let offered = "";
  let shown = null;
  let stopListening = () => undefined;
  let sight = null;
  let away = "";
  let heardCount = 0;
  let fresh = openFreshness(Date.now());
  let asking = false;
  let announced = "";
  let loading = null;
  let forgetting;

  const heard = (view) => {
    heardCount += 1;
    sight = view;
    away = view === null ? labels.notOpen : "";
    fresh.heard(Date.now());
    draw();
  };

  async function load() {
    const wanted = shown;
    const before = heardCount;
    if (wanted === null || loading === wanted) return;
    loading = wanted;
    const found = await transport.load(wanted).then(
      (view) => ({ view }),
      (error) => (error.isGone ? { view: null } : { isLost: true }),
    );
    if (loading === wanted) loading = null;
    if (wanted !== shown || before !== heardCount) return; // a push was quicker
    if (found.isLost) lost();
    else heard(found.view);
  }

  function lost() {
    fresh.lost();
    draw();
  }

  function choose(id) {
    if (id === shown) return;
    stopListening();
    shown = id;
    sight = null;
    announced = "";
    away = id === null ? labels.noFleet : labels.loading;
    fresh = openFreshness(Date.now());
    questions.close();
    stopListening = id === null ? () => undefined : transport.listen(id, heard);
    draw();
    void load();
  }

  async function send(asked) {
    if (asking) return;
    asking = true;
    say("", false);
    parts.buttons.place.setAttribute("aria-busy", "true");
    try {
      const { accepted, message } = await transport.ask(shown, asked);
      say(message || (accepted ? labels.taken : labels.refused), !accepted);
    } catch (error) {
      say(error.message || labels.unreachable, true);
    } finally {
      asking = false;
      parts.buttons.place.removeAttribute("aria-busy");
      void load();
    }
  }

  /** Errors are said at once, answers when the reader pauses. */
  function say(text, isError) {
    clearTimeout(forgetting);
    if (!isError) forgetting = setTimeout(() => say("", false), ANSWER_MS);
    parts.answer.textContent = isError ? "" : text;
    parts.error.textContent = isError ? text : "";
  }

  function press(button) {
    if (ASKED_BACK.has(button.name)) questions.open(button);
    else void send(button.asked);
  }

  function draw() {
    const model = fleetModel(sight, { mayWrite, holdSource, isStale: fresh.isStale });
    const isLost = fresh.isStale;
    body.classList.toggle("nixwave-stale", isLost);
    parts.stale.textContent = isLost ? staleWords(model) : "";
    parts.stale.hidden = !isLost;
    parts.away.textContent = model.isOpen ? "" : away;
    parts.away.hidden = model.isOpen || isLost;
    parts.view.hidden = !model.isOpen;
    if (!model.isOpen) return;
    for (const one of parts.inFleetsLanguage) one.lang = model.language;
    parts.headline.show(model.headline);
    parts.pauses.show({ pauses: model.pauses, canAsk: model.canAsk });
    parts.buttons.show(model.buttons);
    parts.hosts.show(model.rows);
    parts.count.textContent = model.count === null ? "" : labels.online(model.count);
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
    if (fresh.look(Date.now())) void load();
    if (fresh.isStale !== was) draw();
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  const reload = () => void load();
  const shownAgain = new IntersectionObserver(look);
  shownAgain.observe(root);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", reload);
  window.addEventListener("offline", lost);

  return {
    /** @param list { id, label }, in the order in which they are offered */
    setFleets(list) {
      const id = chosenFleet(list, memory.get());
      if (JSON.stringify(list) !== offered) {
        const options = list.map((one) => element("option", { value: one.id }, one.label));
        parts.select.replaceChildren(...options);
      }
      offered = JSON.stringify(list);
      if (id !== null) parts.select.value = id;
      parts.select.hidden = list.length < 2;
      if (id === null) away = labels.noFleet;
      choose(id);
      draw();
    },
    /** Asks the hub now: the page was opened, or a connection is back. */
    reload,
    close() {
      clearInterval(timer);
      clearTimeout(forgetting);
      shownAgain.disconnect();
      stopListening();
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("online", reload);
      window.removeEventListener("offline", lost);
    },
  };
}
