// The fleet page in a frame of the editor: the same page, with the editor's login, which it finds where the editor
// keeps it. Only the theme is the editor's own, and when a flow was deployed.

/** As Node-RED 5 marks its dark theme (editor-client, theme). */
const isDark = () => document.documentElement.classList.contains("nr-theme-dark");

/** @param title of the frame, for who hears it */
export function openEditorTab(RED, root, title) {
  const frame = document.createElement("iframe");
  // Relative to the page, wherever the editor's root is.
  frame.src = new URL("nixwave/page/?frame", document.baseURI).href;
  frame.title = title;
  Object.assign(frame.style, { display: "block", width: "100%", height: "100%", border: "0" });
  const dress = () => {
    const page = frame.contentDocument?.documentElement;
    if (page) page.dataset.theme = isDark() ? "dark" : "light";
  };
  frame.addEventListener("load", dress);
  new MutationObserver(dress).observe(document.documentElement, { attributeFilter: ["class"] });
  RED.events.on("deploy", () => frame.contentWindow?.dispatchEvent(new Event("nixwave-deployed")));
  root.replaceChildren(frame);
}
