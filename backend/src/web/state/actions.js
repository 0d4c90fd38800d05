/** What a user does to tasks: sends the request, updates the store, shows the popup or the error. */

import * as calls from "../api/calls.js";
import { showError, showPopup } from "../popups.js";
import { get, set } from "./store.js";
import { removeTask, upsertTask } from "./tasks.js";

/** @typedef {import("../api/calls.js").Task} Task */

/** Throws on bad input, so that the error can be shown beside its field. @param {{title: string, description?: string}} fields @param {string} key */
export async function addTask(fields, key) {
  const { data, popup } = await calls.createTask(fields, key);
  upsertTask(data);
  showPopup(popup);
  return data;
}

/** @param {Task} task */
export const toggle = (task) =>
  changeTask(task.id, async () => {
    const { data, popup } = await (task.is_completed ? calls.reopenTask : calls.completeTask)(task.id);
    upsertTask(data);
    showPopup(popup, { text: data.title });
  });

/** @param {Task} task */
export const remove = (task) =>
  changeTask(task.id, async () => {
    const { popup } = await calls.deleteTask(task.id, task.version);
    removeTask(task.id, task.version + 1);
    showPopup(popup, { text: task.title, undo: () => restore(task.id) });
  });

/** Restores a deleted task or, with `to`, an earlier version of any task. @param {string} id @param {number} [to] */
export const restore = (id, to) =>
  changeTask(id, async () => {
    const { data, popup } = await calls.restoreTask(id, { to, version: to && get().tasks?.get(id)?.version });
    upsertTask(data);
    showPopup(popup, { text: data.title });
  });

/**
 * One write per task at a time. Shows errors. Returns whether it is settled: it succeeded, or a retry never can.
 *
 * @param {string} id @param {() => Promise<void>} change
 */
async function changeTask(id, change) {
  if (get().busy.has(id)) return false;
  set({ busy: new Set(get().busy).add(id) });
  try {
    await change();
    return true;
  } catch (error) {
    showError(error);
    if (error.status !== 404) return false;
    removeTask(id);
    return true;
  } finally {
    const busy = new Set(get().busy);
    busy.delete(id);
    set({ busy });
  }
}
