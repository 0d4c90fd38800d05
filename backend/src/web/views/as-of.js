/** All tasks as they were at a moment: to look at, and to bring back from. */

import { listTasks } from "../api/calls.js";
import { counted, isMoment, time, toLocalInput } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { Icon } from "../icons.js";
import { go, hrefOf } from "../route.js";
import { restore } from "../state/actions.js";
import { useStore } from "../state/store.js";
import { onReturn } from "../state/sync.js";
import { Nothing } from "./nothing.js";
import { Windowed } from "./windowed.js";

/** @typedef {import("../api/calls.js").Task} Task */

/** @param {{moment: string}} props an instant, or `now` for none yet */
export function AsOf({ moment }) {
  const isGiven = isMoment(moment);
  const [then, setThen] = useState(/** @type {Task[] | null} */ (null));
  const [fault, setFault] = useState(CALM);
  useEffect(() => {
    let isShown = true;
    setThen(null);
    setFault(isGiven || moment === "now" ? CALM : NO_MOMENT);
    if (!isGiven) return undefined;
    const ask = () =>
      listTasks({ as_of: moment }).then(
        ({ data }) => isShown && (setThen(data), setFault(CALM)),
        (error) => isShown && setFault(faultOf(error)),
      );
    ask();
    const forget = onReturn(ask);
    return () => ((isShown = false), forget());
  }, [moment]);
  return html`
    <${Moment} moment=${isGiven ? moment : ""} fault=${fault} />
    ${then && html`<${Then} moment=${moment} tasks=${then} />`}
    ${!isGiven && html`<${Nothing} title="Which moment?" text="Choose a date and a time, and see all tasks as they were then." />`}
  `;
}

const CALM = { sentence: "", isOfField: false };
const NO_MOMENT = { sentence: "As of must be a date and a time of day, of a year with four digits", isOfField: true };

/** What is wrong with the moment stands beside its field, as the field's own; all else as it is. @param {any} error */
function faultOf({ fields, message }) {
  return fields?.as_of ? { sentence: `As of ${fields.as_of}`, isOfField: true } : { sentence: message, isOfField: false };
}

/** @param {{moment: string, fault: typeof CALM}} props */
function Moment({ moment, fault: { sentence, isOfField } }) {
  const inField = () => toLocalInput(moment || Date.now());
  const [value, setValue] = useState(inField);
  useEffect(() => setValue(inField()), [moment]);
  const show = (event) => {
    event.preventDefault();
    go("tasks", { as_of: isMoment(value) ? new Date(value).toISOString() : value });
  };
  return html`
    <form class="as-of" onSubmit=${show}>
      <div class="field">
        <label for="as-of">As of</label>
        <input id="as-of" type="datetime-local" step="1" max="9999-12-30T23:59:59" required value=${value} aria-invalid=${isOfField ? "true" : undefined} aria-describedby=${sentence ? "as-of-fault" : undefined} onInput=${(event) => setValue(event.target.value)} />
      </div>
      <button class="button main">Show</button>
      <a class="quiet" href=${hrefOf("tasks")}><${Icon} name="back" />Back to now</a>
      ${sentence && html`<p id="as-of-fault" class="fault" role="alert">${sentence}</p>`}
    </form>
  `;
}

const ROW_HEIGHT = 3.5;

/** @param {{moment: string, tasks: Task[]}} props */
function Then({ moment, tasks }) {
  const what = `${counted(tasks.length, "task")}, as of ${time(moment)}`;
  const draw = (task) => html`<${PastRow} task=${task} />`;
  if (!tasks.length) return html`<${Nothing} title=${what} />`;
  return html`
    <p class="past-note" role="status"><${Icon} name="clock" />${what}.</p>
    <${Windowed} ...${{ label: what, rows: tasks, keyOf: ({ id }) => id, heightOf: () => ROW_HEIGHT, draw }} />
  `;
}

/** @param {{task: Task}} props */
function PastRow({ task }) {
  const { id, title, description, is_completed: isDone, version } = task;
  const busy = useStore((state) => state.busy.has(id));
  const now = useStore((state) => state.tasks?.get(id));
  const isNowKnown = useStore((state) => state.tasks !== null);
  return html`
    <div class=${`row past ${isDone ? "done" : ""}`} aria-busy=${busy}>
      <span class=${`mark ${isDone ? "is-done" : ""}`}>${isDone && html`<${Icon} name="check" />`}<span class="sr-only">${isDone ? "Done:" : "To do:"}</span></span>
      <span class="text" title=${title}>
        <span class=${description ? "line" : "lines"} dir="auto">${title}</span>
        ${description && html`<span class="line dim" dir="auto">${description.slice(0, 200)}</span>`}
      </span>
      ${now?.version === version
        ? html`<span class="dim">as now</span>`
        : isNowKnown && html`<button type="button" class="button small" aria-label=${`${now ? "Go back to this:" : "Restore"} ${title}`} onClick=${() => restore(id, version)}>${now ? "Go back to this" : "Restore"}</button>`}
      <a class="tool" href=${hrefOf("history", { task_id: id })} aria-label=${`History of ${title}`} title="History"><${Icon} name="clock" /></a>
    </div>
  `;
}
