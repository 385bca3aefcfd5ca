import { html } from "./markup.js";

/** A shape for each standing: colour alone says nothing to many eyes. */
const SHAPES = {
  done: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm-1.2 10L3.9 8.1l1.3-1.3 1.6 1.6 4-4L12 5.7z",
  wrong: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zM7.1 4h1.8v5H7.1zm0 6.2h1.8V12H7.1z",
  active: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.8v10.4a5.2 5.2 0 0 0 0-10.4z",
  waiting:
    "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 8 2.8zM7.2 4.5v4.2l3 1.8.8-1.3-2.2-1.3V4.5z",
  out: "M8 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zm0 1.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8z",
};

export const Shape = ({
  standing,
}) => html`<svg class="shape ${standing}" viewBox="0 0 16 16" aria-hidden="true">
  <path d=${SHAPES[standing] ?? SHAPES.out} fill-rule="evenodd" />
</svg>`;
