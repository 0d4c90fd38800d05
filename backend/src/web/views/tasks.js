/** The tasks: add, find, change; or all of them as they were at a moment. */

import { listTasks } from "../api/calls.js";
import { html, useEffect, useMemo, useState } from "../html.js";
import { go } from "../route.js";
import { keepAsking } from "../state/asking.js";
import { useStore } from "../state/store.js";
import { inOrder } from "../state/tasks.js";
import { AddTask } from "./add-task.js";
import { Find } from "./find.js";
import { lazy } from "./lazy.js";
import { Nothing } from "./nothing.js";
import { TaskList } from "./task-list.js";

/** @typedef {import("../api/calls.js").Task} Task */

const AsOf = lazy("views/as-of.js", "AsOf");

/** @param {{params: Record<string, string>}} props */
export function TasksView({ params }) {
  if (params.as_of !== undefined) return html`<${AsOf} moment=${params.as_of} />`;
  return html`
    <${AddTask} />
    <${Find} params=${params} />
    <${Found} q=${params.q ?? ""} status=${params.status ?? "all"} />
  `;
}

/** @param {{q: string, status: string}} props */
function Found({ q, status }) {
  const tasks = useStore((state) => state.tasks);
  const trouble = useStore((state) => state.trouble);
  const editing = useStore((state) => state.editing);
  const found = useFound(q, status);
  const shown = useMemo(() => rowsOf(tasks, found, status, editing?.base), [tasks, found, status, editing?.base]);
  if (!tasks) return trouble ? html`<${Nothing} title=${trouble} />` : html`<${Loading} />`;
  const fault = found?.fault;
  if (shown.length) return html`${fault && html`<p class="fault" role="alert">${fault}</p>`}<${TaskList} tasks=${shown} />`;
  if (fault) return html`<${Nothing} title=${fault} />`;
  return found && !found.ids ? html`<${Loading} />` : html`<${Empty} q=${q} status=${status} />`;
}

/** What is being edited stays where it is, also when it is found no longer. */
function rowsOf(tasks, found, status, edited) {
  if (!tasks) return [];
  const wanted = [...tasks.values()].filter((task) => (found ? found.ids?.has(task.id) : fits(task, status)));
  if (edited && !wanted.some(({ id }) => id === edited.id)) wanted.push(tasks.get(edited.id) ?? edited);
  return inOrder(wanted);
}

/** @param {Task} task @param {string} status */
const fits = (task, status) => status === "all" || task.is_completed === (status === "completed");

/** @typedef {{of: string, ids: Set<string> | null, fault: string}} Answer `of` says to which question; without `ids` none came to it yet */

/** The server finds words its own way, so it is asked; and anew when something has happened. Null where nothing is looked for. */
function useFound(q, status) {
  const of = `${status} ${q}`;
  const nothing = useMemo(() => ({ of, ids: null, fault: "" }), [of]);
  const [found, setFound] = useState(/** @type {Answer} */ (nothing));
  useEffect(() => {
    if (!q) return undefined;
    const ask = (signal) => listTasks({ q, status: status === "all" ? undefined : status }, signal);
    const taken = ({ data }) => setFound({ of, ids: new Set(data.map(({ id }) => id)), fault: "" });
    const failed = ({ message }) => setFound((before) => ({ ...(before.of === of ? before : nothing), fault: message }));
    return keepAsking(ask, taken, failed);
  }, [of]);
  if (!q) return null;
  return found.of === of ? found : nothing;
}

const Loading = () => html`
  <div class="loading" role="status"><span class="sr-only">Reading the tasks …</span>${[1, 2, 3, 4].map(() => html`<i></i>`)}</div>
`;

/** @param {{q: string, status: string}} props */
function Empty({ q, status }) {
  if (q) {
    const all = () => go("tasks", {}, { focus: "#find" });
    return html`
      <${Nothing} title="No task has these words" text="Words are looked for in titles and descriptions.">
        <button type="button" class="button" onClick=${all}>Show all tasks</button>
      <//>
    `;
  }
  if (status === "completed") return html`<${Nothing} title="Nothing is done yet" text="What you complete stands here." />`;
  if (status === "active") return html`<${Nothing} title="All is done" text="Add a task above, or enjoy the day." />`;
  return html`<${Nothing} title="No tasks yet" text="Write the first one above and press Enter." />`;
}
