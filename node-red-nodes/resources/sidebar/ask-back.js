// Asks back before something is cut short. Not a dialog over the page: what it is about stays to be seen.
import { element } from "./draw.js";

/** @param send called with what was asked for, once somebody is sure */
export function openQuestions({ question, buttons }, labels, send) {
  const close = () => {
    question.hidden = true;
    question.replaceChildren();
  };
  const open = ({ name, asked }) => {
    const answer = (isYes) => {
      close();
      buttons.place.querySelector(`[data-key="${name}"]`)?.focus();
      if (isYes) send(asked);
    };
    const button = (text, kind, isYes) =>
      element(
        "button",
        { type: "button", class: `nixwave-button ${kind}`, onclick: () => answer(isYes) },
        text,
      );
    const no = button(labels.cancel, "nixwave-not-sure", false);
    const yes = button(labels.buttons[name].sure, "nixwave-sure", true);
    question.replaceChildren(
      element("p", { id: "nixwave-question" }, labels.question[name]),
      element("div", { class: "nixwave-actions" }, no, yes),
    );
    question.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // the editor has a use of its own for it
      answer(false);
    };
    question.hidden = false;
    no.focus();
  };
  return { open, close };
}
