/** One version of a task, to view and to restore. */

import { getTask } from "../api/calls.js";
import { time } from "../format.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { go } from "../route.js";
import { restore } from "../state/actions.js";
import { useStore } from "../state/store.js";
import { onReconnect } from "../state/sync.js";
import { moveToasts, showDialog } from "./dialog.js";

/** @param {{id: string, version: number, params: Record<string, string>}} props */
export function Version({ id, version, params }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const current = useStore((state) => state.tasks?.get(id));
  const isLoaded = useStore((state) => state.tasks !== null);
  const isBusy = useStore((state) => state.busy.has(id));
  const [task, setTask] = useState(/** @type {import("../api/calls.js").Task | null} */ (null));
  const [error, setError] = useState("");
  useEffect(() => {
    const own = /** @type {HTMLDialogElement} */ (dialog.current);
    showDialog(own);
    const load = () => getTask(id, version).then(({ data }) => (setTask(data), setError("")), (error) => setError(error.message));
    load();
    const cleanups = [onReconnect(load), () => moveToasts(own)]; // it may be removed without being closed
    return () => cleanups.forEach((cleanUp) => cleanUp());
  }, []);
  const close = () => go("history", { ...params, version: undefined });
  const restoreThis = async () => (await restore(id, version)) && dialog.current?.close();
  return html`
    <dialog ref=${dialog} class="version" aria-labelledby="version-title" onClose=${close}>
      <h2 id="version-title" tabindex="-1">Version ${version}</h2>
      ${error && html`<p class="error" role="alert">${error}</p>`}
      ${task && html`<${State} task=${task} />`}
      <p class="dim" role="status">${isBusy && "Waiting for the server …"}</p>
      <div class="actions">
        ${task && isLoaded && (current?.version === version ? html`<p class="dim">This is the current version.</p>` : html`<button type="button" class="button main" onClick=${restoreThis}>Restore this version</button>`)}
        <button type="button" class="button" onClick=${() => dialog.current?.close()}>Close</button>
      </div>
    </dialog>
  `;
}

/** @param {{task: import("../api/calls.js").Task}} props */
const State = ({ task }) => html`
  <p class="version-name" dir="auto">${task.title}</p>
  ${task.description && html`<p class="quote" dir="auto">${task.description}</p>`}
  <dl class="facts">
    <div><dt>State</dt><dd>${task.is_completed ? "Done" : "To do"}</dd></div>
    <div><dt>Added</dt><dd>${time(task.created_at)}</dd></div>
    <div><dt>Changed</dt><dd>${time(task.updated_at)}</dd></div>
    ${task.completed_at && html`<div><dt>Completed</dt><dd>${time(task.completed_at)}</dd></div>`}
  </dl>
`;
