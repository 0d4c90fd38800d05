/** All tasks as of a moment, to view and to restore. */

import { listTasks } from "../api/calls.js";
import { counted, isMoment, time, toLocalInput } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { Icon } from "../icons.js";
import { go, hrefOf } from "../route.js";
import { restore } from "../state/actions.js";
import { useStore } from "../state/store.js";
import { onReconnect } from "../state/sync.js";
import { EmptyState } from "./empty-state.js";
import { VirtualList } from "./virtual-list.js";

/** @typedef {import("../api/calls.js").Task} Task */

/** @param {{moment: string}} props a timestamp, or `now` if none is chosen yet */
export function AsOf({ moment }) {
  const isGiven = isMoment(moment);
  const [then, setThen] = useState(/** @type {Task[] | null} */ (null));
  const [error, setError] = useState(NO_ERROR);
  useEffect(() => {
    let isCurrent = true;
    setThen(null);
    setError(isGiven || moment === "now" ? NO_ERROR : INVALID_MOMENT);
    if (!isGiven) return undefined;
    const load = () =>
      listTasks({ as_of: moment }).then(
        ({ data }) => isCurrent && (setThen(data), setError(NO_ERROR)),
        (error) => isCurrent && setError(errorOf(error)),
      );
    load();
    const unsubscribe = onReconnect(load);
    return () => ((isCurrent = false), unsubscribe());
  }, [moment]);
  return html`
    <${Moment} moment=${isGiven ? moment : ""} error=${error} />
    ${then && html`<${PastTasks} moment=${moment} tasks=${then} />`}
    ${!isGiven && html`<${EmptyState} title="Choose a date and time" text="See all tasks as they were then." />`}
  `;
}

const NO_ERROR = { message: "", isOfField: false };
const INVALID_MOMENT = { message: "As of must be a date and time with a four-digit year", isOfField: true };

/** Errors about the moment are marked as errors of the field. @param {any} error */
function errorOf({ fields, message }) {
  return fields?.as_of ? { message: `As of ${fields.as_of}`, isOfField: true } : { message: message, isOfField: false };
}

/** @param {{moment: string, error: typeof NO_ERROR}} props */
function Moment({ moment, error: { message, isOfField } }) {
  const localValue = () => toLocalInput(moment || Date.now());
  const [value, setValue] = useState(localValue);
  useEffect(() => setValue(localValue()), [moment]);
  const show = (event) => {
    event.preventDefault();
    go("tasks", { as_of: isMoment(value) ? new Date(value).toISOString() : value });
  };
  return html`
    <form class="as-of" onSubmit=${show}>
      <div class="field">
        <label for="as-of">As of</label>
        <input id="as-of" type="datetime-local" step="1" max="9999-12-30T23:59:59" required value=${value} aria-invalid=${isOfField ? "true" : undefined} aria-describedby=${message ? "as-of-error" : undefined} onInput=${(event) => setValue(event.target.value)} />
      </div>
      <button class="button main">Show</button>
      <a class="quiet" href=${hrefOf("tasks")}><${Icon} name="back" />Back to now</a>
      ${message && html`<p id="as-of-error" class="error" role="alert">${message}</p>`}
    </form>
  `;
}

const ROW_HEIGHT = 3.5;

/** @param {{moment: string, tasks: Task[]}} props */
function PastTasks({ moment, tasks }) {
  const summary = `${counted(tasks.length, "task")}, as of ${time(moment)}`;
  const renderRow = (task) => html`<${PastRow} task=${task} />`;
  if (!tasks.length) return html`<${EmptyState} title=${summary} />`;
  return html`
    <p class="past-note" role="status"><${Icon} name="clock" />${summary}.</p>
    <${VirtualList} ...${{ label: summary, rows: tasks, keyOf: ({ id }) => id, heightOf: () => ROW_HEIGHT, renderRow }} />
  `;
}

/** @param {{task: Task}} props */
function PastRow({ task }) {
  const { id, title, description, is_completed: isDone, version } = task;
  const busy = useStore((state) => state.busy.has(id));
  const now = useStore((state) => state.tasks?.get(id));
  const isLoaded = useStore((state) => state.tasks !== null);
  return html`
    <div class=${`row past ${isDone ? "done" : ""}`} aria-busy=${busy}>
      <span class=${`mark ${isDone ? "is-done" : ""}`}>${isDone && html`<${Icon} name="check" />`}<span class="sr-only">${isDone ? "Done:" : "To do:"}</span></span>
      <span class="text" title=${title}>
        <span class=${description ? "line" : "lines"} dir="auto">${title}</span>
        ${description && html`<span class="line dim" dir="auto">${description.slice(0, 200)}</span>`}
      </span>
      ${now?.version === version
        ? html`<span class="dim">unchanged</span>`
        : isLoaded && html`<button type="button" class="button small" aria-label=${`${now ? "Restore this version:" : "Restore"} ${title}`} onClick=${() => restore(id, version)}>${now ? "Restore this version" : "Restore"}</button>`}
      <a class="tool" href=${hrefOf("history", { task_id: id })} aria-label=${`History of ${title}`} title="History"><${Icon} name="clock" /></a>
    </div>
  `;
}
