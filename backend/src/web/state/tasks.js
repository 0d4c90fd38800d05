/** Tasks from the list and from the entries of the history: whatever comes twice or late changes nothing. */

import { get, set } from "./store.js";

/** @typedef {import("../api/calls.js").Task} Task @typedef {import("../api/calls.js").Entry} Entry */

/** @type {Map<string, number>} the versions at which tasks went, as an answer from before may come later */
const gone = new Map();

/** @param {Map<string, Task>} tasks @param {string} id */
const known = (tasks, id) => Math.max(tasks.get(id)?.version ?? 0, gone.get(id) ?? 0);

/** All there are; nothing that was known before counts. @param {{seq: number, head: string | null, tasks: Map<string, Task>}} all */
export function takeAll(all) {
  gone.clear();
  set(all);
}

/** What an answer says of a task, unless something newer is known. @param {Task} task */
export function take(task) {
  const tasks = get().tasks;
  if (!tasks || known(tasks, task.id) >= task.version) return;
  set({ tasks: new Map(tasks).set(task.id, task) });
}

/** Unless it has come back since. A deletion is a version, too. @param {string} id @param {number} [version] */
export function drop(id, version = (get().tasks?.get(id)?.version ?? 0) + 1) {
  const tasks = new Map(get().tasks);
  if (known(tasks, id) >= version) return;
  gone.set(id, version);
  if (tasks.delete(id)) set({ tasks });
}

/** What happened since, in its order. @param {Entry[]} entries */
export function takeEntries(entries) {
  const { tasks, seq } = get();
  if (!tasks) return;
  const fresh = entries.filter((entry) => entry.seq > seq);
  if (!fresh.length) return;
  const after = new Map(tasks);
  fresh.forEach((entry) => fold(after, entry));
  const { seq: last, history_id: head } = fresh[fresh.length - 1];
  set({ tasks: after, seq: last, head });
}

/** @param {Map<string, Task>} tasks @param {Entry} entry */
function fold(tasks, { task_id: id, version, action_type: action, changes }) {
  const before = tasks.get(id);
  if (known(tasks, id) >= version) return;
  if (action === "DELETED") return void (tasks.delete(id), gone.set(id, version));
  if (!before && !changes.created_at) return; // deleted since: its end is among the entries to come
  const fields = Object.entries(changes).map(([field, [, value]]) => [field, value]);
  const blank = { id, description: null, is_completed: false, completed_at: null };
  tasks.set(id, { ...blank, ...before, ...Object.fromEntries(fields), version });
}

/** As the API gives them: incomplete first, the newest first in each group. @param {Iterable<Task>} tasks */
export function inOrder(tasks) {
  return [...tasks].sort(
    (one, other) =>
      Number(one.is_completed) - Number(other.is_completed) || (one.created_at < other.created_at ? 1 : -1),
  );
}
