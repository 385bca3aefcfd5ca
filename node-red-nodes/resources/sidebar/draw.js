// The DOM of a fleet. Regions are drawn again only when what they show has changed, and the focus stays where it was.

const SVG = "http://www.w3.org/2000/svg";
/** A shape for each standing: colour alone says nothing to many eyes. */
const SHAPES = {
  done: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm-1.2 10L3.9 8.1l1.3-1.3 1.6 1.6 4-4L12 5.7z",
  wrong: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zM7.1 4h1.8v5H7.1zm0 6.2h1.8V12H7.1z",
  active: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.8v10.4a5.2 5.2 0 0 0 0-10.4z",
  waiting:
    "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 8 2.8zM7.2 4.5v4.2l3 1.8.8-1.3-2.2-1.3V4.5z",
  out: "M8 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zm0 1.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8z",
};

/** @param attributes `on…` are listeners; null and false are left away */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false)
      made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

function shape(standing) {
  const picture = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 16 16", "aria-hidden": "true" })) {
    picture.setAttribute(name, value);
  }
  picture.setAttribute("class", `nixwave-shape nixwave-${standing}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[standing] ?? SHAPES.out);
  path.setAttribute("fill-rule", "evenodd");
  picture.append(path);
  return picture;
}

/** A part of the page that knows what it shows. */
export function region(tag, attributes, draw) {
  const place = element(tag, attributes);
  let shown = "";
  return {
    place,
    show(content) {
      const wanted = JSON.stringify(content);
      if (wanted === shown) return;
      shown = wanted;
      const focused = place.contains(document.activeElement)
        ? document.activeElement.getAttribute("data-key")
        : null;
      const children = content === null ? [] : draw(content);
      place.replaceChildren(...children);
      place.hidden = children.length === 0;
      if (focused !== null) focusAgain(place, focused);
    },
  };
}

/** A button that went off or away hands the focus to one beside it. */
function focusAgain(place, key) {
  const same = place.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  (same ?? place.querySelector("button:not(:disabled)"))?.focus();
}

const lineOf = (text) => element("p", { class: "nixwave-line" }, text);

export function drawHeadline({ release, state, standing, lines }) {
  return [
    release === "" ? "" : element("div", { class: "nixwave-release" }, release),
    element("div", { class: "nixwave-state" }, shape(standing), element("span", {}, state)),
    ...lines.map(lineOf),
  ];
}

/** @param ask called with what a button asks for */
export function drawPauses({ pauses, canAsk }, ask) {
  return pauses.map(({ condition, title, lines, actions }) =>
    element(
      "section",
      { class: "nixwave-pause" },
      element("h4", {}, title),
      ...lines.map(lineOf),
      actions.length === 0
        ? null
        : element(
            "div",
            { class: "nixwave-actions" },
            ...actions.map(({ verb, host, label }) =>
              element(
                "button",
                {
                  ...{ type: "button", class: "nixwave-button", disabled: !canAsk },
                  "data-key": `${condition}-${verb}-${host}`,
                  onclick: () => ask({ verb, host }),
                },
                label,
              ),
            ),
          ),
    ),
  );
}

/** @param labels name -> { text, tip } */
export function drawButtons(buttons, labels, press) {
  return buttons.map((button) =>
    element(
      "button",
      {
        ...{ type: "button", class: `nixwave-button nixwave-${button.name}` },
        ...{ disabled: !button.isOn, "data-key": button.name, title: labels[button.name].tip },
        "aria-label": labels[button.name].spoken ?? null,
        onclick: () => press(button),
      },
      labels[button.name].text,
    ),
  );
}

const chip = ({ kind, text }) =>
  element("span", { class: `nixwave-chip nixwave-chip-${kind}` }, text);

export function drawHosts(rows) {
  return rows.map(({ host, isAway, path, standing, running, state, why, marks, percent }) =>
    element(
      "li",
      { class: isAway ? "nixwave-host nixwave-away" : "nixwave-host", "data-host": host },
      shape(standing),
      element(
        "div",
        { class: "nixwave-host-words" },
        element(
          "div",
          { class: "nixwave-host-first" },
          element("strong", {}, host),
          ...marks.map(chip),
          element("span", { class: "nixwave-host-state" }, state),
        ),
        element("div", { class: "nixwave-running", title: path }, running),
        why === "" ? null : element("div", { class: `nixwave-why nixwave-${standing}` }, why),
        percent === null ? null : bar(percent),
      ),
    ),
  );
}

function bar(percent) {
  const range = { "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(percent) };
  const done = element("div", { style: `width: ${percent}%` });
  return element("div", { class: "nixwave-progress", role: "progressbar", ...range }, done);
}
