/** Starts the page. */

import { App } from "./app.js";
import { first } from "./early.js";
import { keepFocus } from "./focus.js";
import { html, render } from "./html.js";
import { keepTime } from "./state/day.js";
import { get, set } from "./state/store.js";
import { keepInStep, onReturn } from "./state/sync.js";
import { fetchToasts } from "./popups.js";
import { isBegun } from "./state/adding.js";
import { touched } from "./state/editing.js";
import { listenToKeys } from "./shortcuts.js";
import { fetchTheRest } from "./views/lazy.js";

addEventListener("token-needed", (event) => set({ tokenAsked: /** @type {CustomEvent} */ (event).detail }));
addEventListener("token-too-weak", () => set({ mayOnlyRead: true }));
addEventListener("beforeunload", (event) => {
  const { editing } = get();
  if (isBegun() || (editing && touched(editing).length)) event.preventDefault();
});

render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
keepTime();
keepFocus();
listenToKeys();
keepInStep();

const fetchLater = () => Promise.allSettled([fetchToasts(), fetchTheRest()]);
const whenIdle = globalThis.requestIdleCallback ?? ((run) => setTimeout(run, 200)); // Safari has none
first.catch(() => {}).then(() => whenIdle(fetchLater));
onReturn(fetchLater);
