/** A task in one row. */

import { brief, time } from "../format.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { hrefOf } from "../route.js";
import { remove, toggle } from "../state/actions.js";
import { useQuarterHour } from "../state/clock.js";
import { startEdit } from "../state/editing.js";
import { useStore } from "../state/store.js";

/** @param {{task: import("../api/calls.js").Task}} props */
export function TaskRow({ task }) {
  const { id, title, description, is_completed: isDone } = task;
  const busy = useStore((state) => state.busy.has(id));
  useQuarterHour();
  const moment = task.completed_at ?? task.created_at;
  return html`
    <div class=${`row ${isDone ? "done" : ""}`} data-task=${id} aria-busy=${busy}>
      <input type="checkbox" class="check" data-part="toggle" checked=${isDone} aria-label=${`Done: ${title}`} onClick=${(event) => (event.preventDefault(), toggle(task))} />
      <button type="button" class="text" data-part="edit" title=${title} onClick=${() => startEdit(task)}>
        <span class=${description ? "line" : "lines"} dir="auto">${title}</span>
        ${description && html`<span class="line dim" dir="auto">${description.slice(0, 200)}</span>`}
        <span class="sr-only">, edit</span>
      </button>
      <time datetime=${moment} title=${`${isDone ? "Completed" : "Added"} ${time(moment)}`}>${brief(moment)}</time>
      <a class="tool" data-part="history" href=${hrefOf("history", { task_id: id })} aria-label=${`History of ${title}`} title="History"><${Icon} name="clock" /></a>
      <button type="button" class="tool" data-part="delete" aria-label=${`Delete ${title}`} title="Delete" onClick=${() => remove(task)}><${Icon} name="trash" /></button>
    </div>
  `;
}
