/** One history entry: its description, its changes by field, and actions. */

import { clock, time } from "../format.js";
import { html } from "../html.js";
import { hrefOf } from "../route.js";
import { restore } from "../state/actions.js";

const FIELDS = {
  title: "Title",
  description: "Description",
  is_completed: "Done",
  created_at: "Added",
  updated_at: "Changed",
  completed_at: "Completed",
};

/** @param {{entry: import("../api/calls.js").Entry, isGone: boolean, params: Record<string, string>, open: boolean, onToggle: () => void}} props */
export function Entry({ entry, isGone, params, open, onToggle }) {
  const { seq, task_id: id, action_type: action, version, timestamp } = entry;
  const isDeletion = action === "DELETED";
  return html`
    <div class=${`entry ${action.toLowerCase()}`} data-seq=${seq}>
      <button type="button" class="sentence" aria-expanded=${open} aria-controls=${`entry-${seq}`} onClick=${onToggle}>
        <span dir="auto">${entry.description}</span>
        <time datetime=${timestamp} title=${time(timestamp)}>${clock(timestamp)}</time>
      </button>
      ${isDeletion && isGone && html`<button type="button" class="button small" aria-label=${`Restore ${entry.task_title}`} onClick=${() => restore(id)}>Restore</button>`}
      <div id=${`entry-${seq}`} class="details" hidden=${!open}>
        ${open && html`<${Changes} entry=${entry} />`}
        ${open && html`
          <p class="entry-links">
            ${!isDeletion && html`<a href=${hrefOf("history", { ...params, task_id: id, version: String(version) })}>View version ${version}</a>`}
            ${params.task_id !== id && html`<a href=${hrefOf("history", { task_id: id })}>Only this task</a>`}
          </p>
        `}
      </div>
    </div>
  `;
}

/** @param {{entry: import("../api/calls.js").Entry}} props */
const Changes = ({ entry }) => html`
  <table>
    <caption class="sr-only">What entry ${entry.seq} changed</caption>
    <thead><tr><th scope="col">Field</th><th scope="col">Old</th><th scope="col">New</th></tr></thead>
    <tbody>
      ${Object.keys(FIELDS)
        .filter((field) => field in entry.changes)
        .map((field) => html`<${Change} field=${field} values=${entry.changes[field]} />`)}
    </tbody>
  </table>
`;

/** @param {{field: string, values: [any, any]}} props */
const Change = ({ field, values: [old, now] }) => html`
  <tr><th scope="row">${FIELDS[field]}</th><td class="old"><${Value} field=${field} value=${old} /></td><td class="new"><${Value} field=${field} value=${now} /></td></tr>
`;

/** @param {{field: string, value: any}} props */
function Value({ field, value }) {
  if (value === null) return html`<span class="dim">none</span>`;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (field.endsWith("_at")) return html`<time datetime=${value}>${time(value)}</time>`;
  return value === "" ? html`<span class="dim">empty</span>` : html`<span dir="auto">${value}</span>`;
}
