/** The editor of a task, in the task's place in the list. */

import { html } from "../html.js";
import { cancel, editMine, keepMine, keepTheirs, restoreAndSave, save, type } from "../state/editing.js";
import { useStore } from "../state/store.js";
import { Conflict } from "./conflict.js";
import { Field, isComposing } from "./field.js";

export function TaskEditor() {
  const editing = useStore((state) => state.editing);
  const current = useStore((state) => state.editing && (state.tasks?.get(state.editing.id) ?? null));
  const isLost = useStore((state) => state.connection === "lost");
  if (!editing) return null;
  const { id, title, description, errors, message, busy, conflict } = editing;
  const isGone = editing.gone || (!current && !busy);

  const submit = (event) => (event.preventDefault(), isGone ? restoreAndSave() : save());
  const press = (event) => {
    if (isComposing(event)) return;
    if (event.key === "Escape") cancel();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  };
  return html`
    <form class="editor" data-task=${id} aria-label=${`Edit ${editing.base.title}`} aria-busy=${busy} onSubmit=${submit} onKeyDown=${press}>
      ${conflict
        ? html`<${Conflict} editing=${editing} current=${conflict} />`
        : html`
            <${Field} id="edit-title" label="Title" focus value=${title} error=${errors.title} onType=${(text) => type("title", text)} />
            <${Field} id="edit-description" label="Description" lines value=${description} error=${errors.description} onType=${(text) => type("description", text)} />
          `}
      <p class="note" role="status">${statusText({ busy, isLost, isGone, message, changed: current && current.version > editing.base.version && !conflict })}</p>
      <div class="actions">${conflict ? html`<${Choice} current=${conflict} />` : html`<${Buttons} isGone=${isGone} />`}</div>
    </form>
  `;
}

/** @param {{busy: boolean, isLost: boolean, isGone: boolean, message: string, changed: boolean | null}} state */
function statusText({ busy, isLost, isGone, message, changed }) {
  if (busy && isLost) return "Waiting for the server … Your text is kept.";
  if (busy) return "Saving …";
  if (isGone) return `This task has been deleted. ${message}`;
  if (message) return message;
  return changed ? "This task has changed. You can keep editing." : "";
}

/** @param {{isGone: boolean}} props */
const Buttons = ({ isGone }) => html`
  <button class="button main">${isGone ? "Restore and save" : "Save"}</button>
  <button type="button" class="button" onClick=${cancel}>Cancel</button>
`;

/** @param {{current: import("../api/calls.js").Task}} props */
const Choice = ({ current }) => html`
  <button type="button" class="button main" onClick=${keepMine}>Keep mine</button>
  <button type="button" class="button" onClick=${keepTheirs}>Keep theirs</button>
  <button type="button" class="button" onClick=${editMine}>Edit mine</button>
`;
