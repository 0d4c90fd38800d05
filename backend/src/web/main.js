/** Starts the page. */

import { App } from "./app.js";
import { firstRead } from "./prefetch.js";
import { trackFocus } from "./focus.js";
import { html, render } from "./html.js";
import { startClock } from "./state/clock.js";
import { get, set } from "./state/store.js";
import { synchronize, onReconnect } from "./state/sync.js";
import { loadToasts } from "./popups.js";
import { hasDraft } from "./state/new-task.js";
import { editedFields } from "./state/editing.js";
import { listenForShortcuts } from "./shortcuts.js";
import { loadViews } from "./views/lazy.js";

addEventListener("token-required", (event) => set({ tokenPrompt: /** @type {CustomEvent} */ (event).detail }));
addEventListener("token-read-only", () => set({ isReadOnly: true }));
addEventListener("beforeunload", (event) => {
  const { editing } = get();
  if (hasDraft() || (editing && editedFields(editing).length)) event.preventDefault();
});

render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
startClock();
trackFocus();
listenForShortcuts();
synchronize();

const loadLater = () => Promise.allSettled([loadToasts(), loadViews()]);
const whenIdle = globalThis.requestIdleCallback ?? ((run) => setTimeout(run, 200)); // Safari has none
firstRead.catch(() => {}).then(() => whenIdle(loadLater));
onReconnect(loadLater);
