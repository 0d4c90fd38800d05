/** A task as it was at one of its versions, to look at and to go back to. */

import { getTask } from "../api/calls.js";
import { time } from "../format.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { go } from "../route.js";
import { restore } from "../state/actions.js";
import { useStore } from "../state/store.js";
import { onReturn } from "../state/sync.js";
import { carryToasts, showDialog } from "./dialog.js";

/** @param {{id: string, version: number, params: Record<string, string>}} props */
export function Version({ id, version, params }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const current = useStore((state) => state.tasks?.get(id));
  const isNowKnown = useStore((state) => state.tasks !== null);
  const isBusy = useStore((state) => state.busy.has(id));
  const [task, setTask] = useState(/** @type {import("../api/calls.js").Task | null} */ (null));
  const [fault, setFault] = useState("");
  useEffect(() => {
    const own = /** @type {HTMLDialogElement} */ (dialog.current);
    showDialog(own);
    const ask = () => getTask(id, version).then(({ data }) => (setTask(data), setFault("")), (error) => setFault(error.message));
    ask();
    const ends = [onReturn(ask), () => carryToasts(own)]; // it may go without being closed
    return () => ends.forEach((end) => end());
  }, []);
  const close = () => go("history", { ...params, version: undefined });
  const goBack = async () => (await restore(id, version)) && dialog.current?.close();
  return html`
    <dialog ref=${dialog} class="version" aria-labelledby="version-title" onClose=${close}>
      <h2 id="version-title" tabindex="-1">Version ${version}</h2>
      ${fault && html`<p class="fault" role="alert">${fault}</p>`}
      ${task && html`<${State} task=${task} />`}
      <p class="dim" role="status">${isBusy && "Waiting for the server …"}</p>
      <div class="actions">
        ${task && isNowKnown && (current?.version === version ? html`<p class="dim">This is how it is now.</p>` : html`<button type="button" class="button main" onClick=${goBack}>Go back to this version</button>`)}
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
