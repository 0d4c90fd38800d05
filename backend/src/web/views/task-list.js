/** The list of tasks: to do, then done. The focus is kept when rows change. */

import { number } from "../format.js";
import { html, useMemo } from "../html.js";
import { useStore } from "../state/store.js";
import { useRowFocus } from "./row-focus.js";
import { TaskEditor } from "./task-editor.js";
import { TaskRow } from "./task-row.js";
import { VirtualList } from "./virtual-list.js";

/** @typedef {import("../api/calls.js").Task} Task */
/** @typedef {{key: string, task?: Task, title?: string, count?: number}} Row */

const TASK_HEIGHT = 3.5;
const TITLE_HEIGHT = 2.75;

/** @param {{tasks: Task[]}} props */
export function TaskList({ tasks }) {
  const editing = useStore((state) => state.editing?.id);
  const rows = useMemo(() => withTitles(tasks), [tasks]);
  const { pendingKey, handlers } = useRowFocus(rows, editing);
  const heightOf = (row) => (row.title ? TITLE_HEIGHT : row.key === editing ? null : TASK_HEIGHT);
  const renderRow = ({ key, task, title, count }) => {
    if (title) return html`<h2 class="group">${title} <span>${number(count)}</span></h2>`;
    return key === editing ? html`<${TaskEditor} />` : html`<${TaskRow} task=${task} />`;
  };
  const pinned = [pendingKey, editing].filter((key) => key !== undefined);
  return html`
    <div ...${handlers}><${VirtualList} ...${{ label: "Tasks", rows, keyOf, heightOf, pinned, renderRow }} /></div>
  `;
}

/** @param {Row} row */
const keyOf = (row) => row.key;

/** @param {Task[]} tasks in order @returns {Row[]} */
function withTitles(tasks) {
  const rows = tasks.map((task) => ({ key: task.id, task }));
  const open = tasks.findIndex((task) => task.is_completed);
  const count = open < 0 ? tasks.length : open;
  const groups = [];
  if (count) groups.push({ key: "to do", title: "To do", count }, ...rows.slice(0, count));
  if (count < rows.length) groups.push({ key: "done", title: "Done", count: rows.length - count }, ...rows.slice(count));
  return groups;
}
