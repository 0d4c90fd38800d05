/** One line for a new task; Enter adds it. A description is there for who wants one. */

import { mayTakeFocus } from "../focus.js";
import { html, useState } from "../html.js";
import { Icon } from "../icons.js";
import { add, isBegun, showMore, typeNew } from "../state/adding.js";
import { useStore } from "../state/store.js";
import { Field } from "./field.js";

export function AddTask() {
  const { title, description, open, faults, busy } = useStore((state) => state.adding);
  const [isAsked, setAsked] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if ((await add()) && !isBegun() && mayTakeFocus(form)) document.getElementById("new-title")?.focus();
  };
  const onKeyDown = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit(event);

  return html`
    <form class="add" onSubmit=${submit} onKeyDown=${onKeyDown} aria-busy=${busy}>
      <${Field} id="new-title" label="Title" hidden value=${title} fault=${faults.title} placeholder="Add a task" onType=${(text) => typeNew("title", text)} />
      <button type="button" class="quiet" aria-expanded=${open} aria-controls="new-more" onClick=${() => (setAsked(true), showMore())}>
        Description
      </button>
      <button class="button main"><${Icon} name="plus" />Add</button>
      <div id="new-more" class="more" hidden=${!open}>
        ${open && html`<${Field} id="new-description" label="Description" lines focus=${isAsked} value=${description} fault=${faults.description} onType=${(text) => typeNew("description", text)} />`}
      </div>
    </form>
  `;
}
