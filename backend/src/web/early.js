/** Asks for the tasks while the rest of the page is still on its way. */

import { getNewest, listTasks } from "./api/calls.js";

/** The head first: what is written after it is in the list, or comes over the stream, or both. */
export async function readAll() {
  const newest = await getNewest();
  const { data } = await listTasks();
  return { seq: newest?.seq ?? 0, head: newest?.history_id ?? null, tasks: new Map(data.map((task) => [task.id, task])) };
}

export const first = readAll();
first.catch(() => {}); // who waits for it is told
