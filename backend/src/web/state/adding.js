/** A task that is being written: kept while one looks elsewhere, until it is stored. */

import { newKey } from "../api/client.js";
import { showError } from "../popups.js";
import { addTask } from "./actions.js";
import { get, set } from "./store.js";

/** @typedef {import("./store.js").Adding} Adding */

/** @param {Partial<Adding>} part */
const amend = (part) => set({ adding: { ...get().adding, ...part } });

/** @param {"title" | "description"} field @param {string} text */
export const typeNew = (field, text) => amend({ [field]: text, faults: {} });

export const showMore = () => amend({ open: !get().adding.open });

export const isBegun = () => Boolean(get().adding.title || get().adding.description);

/** Whether it was stored. */
export async function add() {
  if (get().adding.busy) return false;
  const sent = attemptOf(get().adding);
  amend({ busy: true, sent, faults: {} });
  try {
    const { title, description } = sent;
    await addTask({ title, ...(description && { description }) }, sent.key);
    clear(sent);
    return true;
  } catch (error) {
    refuse(error);
    return false;
  } finally {
    amend({ busy: false });
  }
}

/** The same once more, where no answer came to it: it may be stored already. @param {Adding} adding */
function attemptOf({ title, description, sent }) {
  const isSame = sent && sent.title === title && sent.description === description;
  return isSame ? sent : { title, description, key: newKey() };
}

/** What was typed since stays. @param {{title: string, description: string}} sent */
function clear(sent) {
  const { title, description } = get().adding;
  amend({
    title: title === sent.title ? "" : title,
    description: description === sent.description ? "" : description,
    faults: {},
    sent: null,
  });
}

/** @param {any} error */
function refuse(error) {
  const faults = error.fields ?? {};
  const isAnswered = error.status !== undefined && error.status !== 503;
  amend({ faults, ...(isAnswered && { sent: null }) });
  if (!Object.keys(faults).length) showError(error);
}
