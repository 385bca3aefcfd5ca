// The fleet page: who looks, which fleet, and the one connection that tells of it.
import { App } from "./app.js";
import { html, render } from "./markup.js";

const query = new URLSearchParams(location.search);
const place = document.getElementById("page");
document.documentElement.classList.toggle("framed", query.has("frame"));
render(html`<${App} wanted=${query.get("fleet")} isFramed=${query.has("frame")} />`, place);
