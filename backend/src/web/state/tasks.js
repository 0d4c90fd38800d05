/** Updates tasks from responses and history entries. Duplicate or late ones change nothing. */

import { get, set } from "./store.js";

/** @typedef {import("../api/calls.js").Task} Task @typedef {import("../api/calls.js").Entry} Entry */

/** @type {Map<string, number>} the versions at which tasks were deleted, to ignore older responses */
const deletedAt = new Map();

/** @param {Map<string, Task>} tasks @param {string} id */
const knownVersion = (tasks, id) => Math.max(tasks.get(id)?.version ?? 0, deletedAt.get(id) ?? 0);

/** Replaces all tasks and forgets earlier versions. @param {{seq: number, head: string | null, tasks: Map<string, Task>}} all */
export function replaceTasks(all) {
  deletedAt.clear();
  set(all);
}

/** Stores a task from a response unless a newer version is known. @param {Task} task */
export function upsertTask(task) {
  const tasks = get().tasks;
  if (!tasks || knownVersion(tasks, task.id) >= task.version) return;
  set({ tasks: new Map(tasks).set(task.id, task) });
}

/** Removes a task unless it has been restored since. A deletion is a version, too. @param {string} id @param {number} [version] */
export function removeTask(id, version = (get().tasks?.get(id)?.version ?? 0) + 1) {
  const tasks = new Map(get().tasks);
  if (knownVersion(tasks, id) >= version) return;
  deletedAt.set(id, version);
  if (tasks.delete(id)) set({ tasks });
}

/** Applies new entries in order. @param {Entry[]} entries */
export function applyEntries(entries) {
  const { tasks, seq } = get();
  if (!tasks) return;
  const fresh = entries.filter((entry) => entry.seq > seq);
  if (!fresh.length) return;
  const after = new Map(tasks);
  fresh.forEach((entry) => applyEntry(after, entry));
  const { seq: last, history_id: head } = fresh[fresh.length - 1];
  set({ tasks: after, seq: last, head });
}

/** @param {Map<string, Task>} tasks @param {Entry} entry */
function applyEntry(tasks, { task_id: id, version, action_type: action, changes }) {
  const before = tasks.get(id);
  if (knownVersion(tasks, id) >= version) return;
  if (action === "DELETED") return void (tasks.delete(id), deletedAt.set(id, version));
  if (!before && !changes.created_at) return; // deleted since: the entry that says so is still to come
  const fields = Object.entries(changes).map(([field, [, value]]) => [field, value]);
  const defaults = { id, description: null, is_completed: false, completed_at: null };
  tasks.set(id, { ...defaults, ...before, ...Object.fromEntries(fields), version });
}

/** In the API's order: incomplete before completed, newest first. @param {Iterable<Task>} tasks */
export function sorted(tasks) {
  return [...tasks].sort(
    (one, other) =>
      Number(one.is_completed) - Number(other.is_completed) || (one.created_at < other.created_at ? 1 : -1),
  );
}
