/** The draft of a new task, kept across views until it is stored. */

import { newIdempotencyKey } from "../api/client.js";
import { showError } from "../popups.js";
import { addTask } from "./actions.js";
import { get, set } from "./store.js";

/** @typedef {import("./store.js").NewTask} NewTask */

/** @param {Partial<NewTask>} part */
const amend = (part) => set({ newTask: { ...get().newTask, ...part } });

/** @param {"title" | "description"} field @param {string} text */
export const editNewTask = (field, text) => amend({ [field]: text, errors: {} });

export const toggleDescription = () => amend({ open: !get().newTask.open });

export const hasDraft = () => Boolean(get().newTask.title || get().newTask.description);

/** Returns whether it was stored. */
export async function add() {
  if (get().newTask.busy) return false;
  const sent = attemptOf(get().newTask);
  amend({ busy: true, sent, errors: {} });
  try {
    const { title, description } = sent;
    await addTask({ title, ...(description && { description }) }, sent.key);
    clear(sent);
    return true;
  } catch (error) {
    handle(error);
    return false;
  } finally {
    amend({ busy: false });
  }
}

/** Reuses the key of an identical attempt that got no response: it may be stored already. @param {NewTask} newTask */
function attemptOf({ title, description, sent }) {
  const isSame = sent && sent.title === title && sent.description === description;
  return isSame ? sent : { title, description, key: newIdempotencyKey() };
}

/** Text typed since then stays. @param {{title: string, description: string}} sent */
function clear(sent) {
  const { title, description } = get().newTask;
  amend({
    title: title === sent.title ? "" : title,
    description: description === sent.description ? "" : description,
    errors: {},
    sent: null,
  });
}

/** @param {any} error */
function handle(error) {
  const errors = error.fields ?? {};
  const isDecided = error.status !== undefined && error.status !== 503;
  amend({ errors, ...(isDecided && { sent: null }) });
  if (!Object.keys(errors).length) showError(error);
}
