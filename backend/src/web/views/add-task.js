/** One line for a new task; Enter adds it. A description is there for who wants one. */

import { html, useState } from "../html.js";
import { Icon } from "../icons.js";
import { showError } from "../popups.js";
import { addTask } from "../state/actions.js";
import { Field } from "./field.js";

const BLANK = { title: "", description: "" };

export function AddTask() {
  const [texts, setTexts] = useState(BLANK);
  const [open, setOpen] = useState(false);
  const [faults, setFaults] = useState(/** @type {Record<string, string>} */ ({}));
  const [busy, setBusy] = useState(false);

  const type = (field) => (text) => {
    setTexts((before) => ({ ...before, [field]: text }));
    setFaults({});
  };
  const add = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await addTask({ title: texts.title, ...(texts.description && { description: texts.description }) });
      setTexts(BLANK);
      setFaults({});
      document.getElementById("new-title")?.focus();
    } catch (error) {
      setFaults(error.fields ?? {});
      if (!Object.keys(error.fields ?? {}).length) showError(error);
    }
    setBusy(false);
  };
  const onKeyDown = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && add(event);

  return html`
    <form class="add" onSubmit=${add} onKeyDown=${onKeyDown} aria-busy=${busy}>
      <${Field} id="new-title" label="Title" hidden value=${texts.title} fault=${faults.title} placeholder="Add a task" onType=${type("title")} />
      <button type="button" class="quiet" aria-expanded=${open} aria-controls="new-more" onClick=${() => setOpen(!open)}>
        Description
      </button>
      <button class="button main"><${Icon} name="plus" />Add</button>
      <div id="new-more" class="more" hidden=${!open}>
        ${open && html`<${Field} id="new-description" label="Description" lines focus value=${texts.description} fault=${faults.description} onType=${type("description")} />`}
      </div>
    </form>
  `;
}
