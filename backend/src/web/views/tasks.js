/** The list of tasks with its forms, or all tasks as of a moment. */

import { listTasks } from "../api/calls.js";
import { html, useEffect, useMemo, useState } from "../html.js";
import { go } from "../route.js";
import { refetchOnChange } from "../state/refetch.js";
import { useStore } from "../state/store.js";
import { sorted } from "../state/tasks.js";
import { AddTask } from "./add-task.js";
import { Find } from "./find.js";
import { lazy } from "./lazy.js";
import { EmptyState } from "./empty-state.js";
import { TaskList } from "./task-list.js";

/** @typedef {import("../api/calls.js").Task} Task */

const AsOf = lazy("views/as-of.js", "AsOf");

/** @param {{params: Record<string, string>}} props */
export function TasksView({ params }) {
  if (params.as_of !== undefined) return html`<${AsOf} moment=${params.as_of} />`;
  return html`
    <${AddTask} />
    <${Find} params=${params} />
    <${MatchingTasks} q=${params.q ?? ""} status=${params.status ?? "all"} />
  `;
}

/** @param {{q: string, status: string}} props */
function MatchingTasks({ q, status }) {
  const tasks = useStore((state) => state.tasks);
  const loadError = useStore((state) => state.loadError);
  const editing = useStore((state) => state.editing);
  const found = useSearch(q, status);
  const shown = useMemo(() => rowsOf(tasks, found, status, editing?.base), [tasks, found, status, editing?.base]);
  if (!tasks) return loadError ? html`<${EmptyState} title=${loadError} />` : html`<${Loading} />`;
  const error = found?.error;
  if (shown.length) return html`${error && html`<p class="error" role="alert">${error}</p>`}<${TaskList} tasks=${shown} />`;
  if (error) return html`<${EmptyState} title=${error} />`;
  return found && !found.ids ? html`<${Loading} />` : html`<${Empty} q=${q} status=${status} />`;
}

/** The task being edited stays in the list even if it no longer matches. */
function rowsOf(tasks, found, status, edited) {
  if (!tasks) return [];
  const wanted = [...tasks.values()].filter((task) => (found ? found.ids?.has(task.id) : matches(task, status)));
  if (edited && !wanted.some(({ id }) => id === edited.id)) wanted.push(tasks.get(edited.id) ?? edited);
  return sorted(wanted);
}

/** @param {Task} task @param {string} status */
const matches = (task, status) => status === "all" || task.is_completed === (status === "completed");

/** @typedef {{of: string, ids: Set<string> | null, error: string}} SearchResult `of` identifies the query; `ids` is null until its response arrives */

/** Searching is up to the server, so each change repeats the request. Null without a search. */
function useSearch(q, status) {
  const of = `${status} ${q}`;
  const initial = useMemo(() => ({ of, ids: null, error: "" }), [of]);
  const [found, setFound] = useState(/** @type {SearchResult} */ (initial));
  useEffect(() => {
    if (!q) return undefined;
    const request = (signal) => listTasks({ q, status: status === "all" ? undefined : status }, signal);
    const onData = ({ data }) => setFound({ of, ids: new Set(data.map(({ id }) => id)), error: "" });
    const onError = ({ message }) => setFound((before) => ({ ...(before.of === of ? before : initial), error: message }));
    return refetchOnChange(request, onData, onError);
  }, [of]);
  if (!q) return null;
  return found.of === of ? found : initial;
}

const Loading = () => html`
  <div class="loading" role="status"><span class="sr-only">Loading tasks …</span>${[1, 2, 3, 4].map(() => html`<i></i>`)}</div>
`;

/** @param {{q: string, status: string}} props */
function Empty({ q, status }) {
  if (q) {
    const all = () => go("tasks", {}, { focus: "#find" });
    return html`
      <${EmptyState} title="No matching tasks" text="Titles and descriptions are searched.">
        <button type="button" class="button" onClick=${all}>Show all tasks</button>
      <//>
    `;
  }
  if (status === "completed") return html`<${EmptyState} title="Nothing done yet" text="Completed tasks appear here." />`;
  if (status === "active") return html`<${EmptyState} title="All done" text="Add a task above, or enjoy the day." />`;
  return html`<${EmptyState} title="No tasks yet" text="Type your first one above and press Enter." />`;
}
