/** Requests the tasks while the other modules are still loading. */

import { getNewest, listTasks } from "./api/calls.js";

/** Reads the newest entry before the list, so that every later change is in the list, in the stream, or in both. */
export async function readTasks() {
  const newest = await getNewest();
  const { data } = await listTasks();
  return { seq: newest?.seq ?? 0, head: newest?.history_id ?? null, tasks: new Map(data.map((task) => [task.id, task])) };
}

export const firstRead = readTasks();
firstRead.catch(() => {}); // handled where it is awaited
