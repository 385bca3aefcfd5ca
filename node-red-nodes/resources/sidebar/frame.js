// The page's places: made once, filled again and again.
import { drawButtons, drawHeadline, drawHosts, drawPauses, element, region } from "./draw.js";

/** @param press a main button was pressed; @param ask a pause's button asks for this */
export function buildFrame(labels, { press, ask }) {
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
  const { headline, pauses, hosts, announcement, answer } = parts;
  parts.inFleetsLanguage = [headline.place, pauses.place, hosts.place, announcement, answer];
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
