// Markup without a build step: htm's templates made into preact's nodes.
// The libraries have these names where they are served (page/page-files.ts).

// biome-ignore lint/correctness/noUnresolvedImports: it is a file of its package, not of this folder
import htm from "./htm.js";
// biome-ignore lint/correctness/noUnresolvedImports: it is a file of its package, not of this folder
import { Component, createRef, h, render } from "./preact.js";

export { Component, createRef, render };
export const html = htm.bind(h);
