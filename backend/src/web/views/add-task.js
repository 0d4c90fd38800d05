/** The form for a new task: a title and an optional description. Enter adds it. */

import { mayMoveFocus } from "../focus.js";
import { html, useState } from "../html.js";
import { Icon } from "../icons.js";
import { add, hasDraft, toggleDescription, editNewTask } from "../state/new-task.js";
import { useStore } from "../state/store.js";
import { Field } from "./field.js";

export function AddTask() {
  const { title, description, open, errors, busy } = useStore((state) => state.newTask);
  const [wasToggled, setToggled] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if ((await add()) && !hasDraft() && mayMoveFocus(form)) document.getElementById("new-title")?.focus();
  };
  const onKeyDown = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit(event);

  return html`
    <form class="add" onSubmit=${submit} onKeyDown=${onKeyDown} aria-busy=${busy}>
      <${Field} id="new-title" label="Title" hidden value=${title} error=${errors.title} placeholder="Add a task" onType=${(text) => editNewTask("title", text)} />
      <button type="button" class="quiet" aria-expanded=${open} aria-controls="new-more" onClick=${() => (setToggled(true), toggleDescription())}>
        Description
      </button>
      <button class="button main"><${Icon} name="plus" />Add</button>
      <div id="new-more" class="more" hidden=${!open}>
        ${open && html`<${Field} id="new-description" label="Description" lines focus=${wasToggled} value=${description} error=${errors.description} onType=${(text) => editNewTask("description", text)} />`}
      </div>
    </form>
  `;
}
