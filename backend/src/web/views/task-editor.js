/** A task being edited, in its place in the list. */

import { html } from "../html.js";
import { cancel, goOn, keepMine, keepTheirs, restoreAndSave, save, type } from "../state/editing.js";
import { useStore } from "../state/store.js";
import { Conflict } from "./conflict.js";
import { Field, isComposing } from "./field.js";

export function TaskEditor() {
  const editing = useStore((state) => state.editing);
  const current = useStore((state) => state.editing && (state.tasks?.get(state.editing.id) ?? null));
  const isLost = useStore((state) => state.connection === "lost");
  if (!editing) return null;
  const { id, title, description, faults, sentence, busy, conflict } = editing;
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
            <${Field} id="edit-title" label="Title" focus value=${title} fault=${faults.title} onType=${(text) => type("title", text)} />
            <${Field} id="edit-description" label="Description" lines value=${description} fault=${faults.description} onType=${(text) => type("description", text)} />
          `}
      <p class="note" role="status">${noteOn({ busy, isLost, isGone, sentence, changed: current && current.version > editing.base.version && !conflict })}</p>
      <div class="actions">${conflict ? html`<${Choice} current=${conflict} />` : html`<${Buttons} isGone=${isGone} />`}</div>
    </form>
  `;
}

/** @param {{busy: boolean, isLost: boolean, isGone: boolean, sentence: string, changed: boolean | null}} what */
function noteOn({ busy, isLost, isGone, sentence, changed }) {
  if (busy && isLost) return "Waiting for the server; what you typed is kept …";
  if (busy) return "Saving …";
  if (isGone) return `This task was deleted meanwhile. ${sentence}`;
  if (sentence) return sentence;
  return changed ? "This task was changed meanwhile. You can go on." : "";
}

/** @param {{isGone: boolean}} props */
const Buttons = ({ isGone }) => html`
  <button class="button main">${isGone ? "Restore it and save" : "Save"}</button>
  <button type="button" class="button" onClick=${cancel}>Cancel</button>
`;

/** @param {{current: import("../api/calls.js").Task}} props */
const Choice = ({ current }) => html`
  <button type="button" class="button main" onClick=${keepMine}>Keep mine</button>
  <button type="button" class="button" onClick=${keepTheirs}>Keep theirs</button>
  <button type="button" class="button" onClick=${goOn}>Edit mine</button>
`;
