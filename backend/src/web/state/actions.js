/** What a person does to tasks: the call, what is known afterwards, and the popup or the error. */

import * as calls from "../api/calls.js";
import { showError, showPopup } from "../popups.js";
import { get, set } from "./store.js";
import { drop, take } from "./tasks.js";

/** @typedef {import("../api/calls.js").Task} Task */

/** Throws what bad input is refused with, so that it can stand beside its field. @param {{title: string, description?: string}} fields @param {string} key */
export async function addTask(fields, key) {
  const { data, popup } = await calls.createTask(fields, key);
  take(data);
  showPopup(popup);
  return data;
}

/** @param {Task} task */
export const toggle = (task) =>
  changing(task.id, async () => {
    const { data, popup } = await (task.is_completed ? calls.reopenTask : calls.completeTask)(task.id);
    take(data);
    showPopup(popup, { text: data.title });
  });

/** @param {Task} task */
export const remove = (task) =>
  changing(task.id, async () => {
    const { popup } = await calls.deleteTask(task.id, task.version);
    drop(task.id, task.version + 1);
    showPopup(popup, { text: task.title, undo: () => restore(task.id) });
  });

/** Brings a deleted task back or, with `to`, any task to an earlier version. @param {string} id @param {number} [to] */
export const restore = (id, to) =>
  changing(id, async () => {
    const { data, popup } = await calls.restoreTask(id, { to, version: to && get().tasks?.get(id)?.version });
    take(data);
    showPopup(popup, { text: data.title });
  });

/**
 * One change of a task at a time; an error is shown. Answers whether nothing is left to try: it went well, or never can.
 *
 * @param {string} id @param {() => Promise<void>} change
 */
async function changing(id, change) {
  if (get().busy.has(id)) return false;
  set({ busy: new Set(get().busy).add(id) });
  try {
    await change();
    return true;
  } catch (error) {
    showError(error);
    if (error.status !== 404) return false;
    drop(id);
    return true;
  } finally {
    const busy = new Set(get().busy);
    busy.delete(id);
    set({ busy });
  }
}
