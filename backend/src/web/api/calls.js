/** The calls of the API and the types they return. */

import { read, readNext, write } from "./client.js";

/**
 * @typedef {{id: string, title: string, description: string | null, is_completed: boolean, created_at: string,
 *   updated_at: string, completed_at: string | null, version: number}} Task
 * @typedef {{history_id: string, task_id: string, action_type: string, description: string, timestamp: string,
 *   task_title: string, seq: number, version: number, changes: Record<string, [any, any]>}} Entry
 */

/** Encoded, since the id may come from a hand-edited URL. @param {string} id */
const taskPath = (id) => `/tasks/${encodeURIComponent(id)}`;

export const listTasks = (query = {}, signal = undefined) => read("/tasks", query, signal);
export const getTask = (id, version = undefined) => read(taskPath(id), { version });
export const createTask = (fields, key = undefined) => write("POST", "/tasks", { body: fields, key });
export const updateTask = (id, fields, version) => write("PUT", taskPath(id), { body: fields, version });
export const completeTask = (id) => write("PATCH", `${taskPath(id)}/complete`);
export const reopenTask = (id) => write("PATCH", `${taskPath(id)}/incomplete`);
export const deleteTask = (id, version) => write("DELETE", taskPath(id), { version });

/** Restores a deleted task or, with `to`, an earlier version of any task. @param {string} id */
export const restoreTask = (id, { to = undefined, version = undefined } = {}) =>
  write("POST", `${taskPath(id)}/restore`, { body: to && { version: to }, version });

export const getHistory = (query, signal = undefined) => read("/history", query, signal);
export const getMoreHistory = (url, limit) => readNext(url, { limit });
export const verifyHistory = () => read("/history/verify");
export const getWeek = () => read("/stats/weekly");
export const getDays = (from, to) => read("/stats/daily", { from, to });

const SHORT_TIMEOUT = 10_000; // reading one entry also shows whether the server is reachable

/** The newest entry, if any. @returns {Promise<Entry | undefined>} */
export async function getNewest() {
  const { data } = await getHistory({ limit: 1 }, AbortSignal.timeout(SHORT_TIMEOUT));
  return data.items[0];
}

/** The entry with this `seq`, if any. A 400 if `seq` is more than one beyond the newest. @param {number} seq @returns {Promise<Entry | undefined>} */
export async function getEntry(seq) {
  const { data } = await read("/changes", { since: seq - 1, limit: 1 }, AbortSignal.timeout(SHORT_TIMEOUT));
  return data.items[0];
}
