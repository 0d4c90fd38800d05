/** Editing in place: what was typed is kept until it is stored, whatever happens to the task meanwhile. */

import * as calls from "../api/calls.js";
import { showPopup } from "../popups.js";
import { get, set } from "./store.js";
import { take } from "./tasks.js";

/** @typedef {import("../api/calls.js").Task} Task @typedef {import("./store.js").Editing} Editing */

export const FIELDS = /** @type {const} */ (["title", "description"]);

const CALM = { faults: {}, sentence: "", busy: false, conflict: null, gone: false };

/** @param {Task} task */
export function begin(task) {
  const { id, title } = task;
  if (get().editing?.id === id) return;
  set({ editing: { ...CALM, id, base: task, title, description: task.description ?? "" } });
}

export const stop = () => set({ editing: null });

/** @param {Partial<Editing>} part */
const amend = (part) => set({ editing: { .../** @type {Editing} */ (get().editing), ...part } });

/** @param {"title" | "description"} field @param {string} text */
export function type(field, text) {
  const { faults } = /** @type {Editing} */ (get().editing);
  amend({ [field]: text, faults: { ...faults, [field]: "" } });
}

/** @param {Task} task @param {"title" | "description"} field */
const textOf = (task, field) => task[field] ?? "";

/** The fields that the person changed. @param {Editing} editing */
export const touched = (editing) => FIELDS.filter((field) => editing[field] !== textOf(editing.base, field));

/** The fields that both changed, differently. @param {Editing} editing @param {Task} current */
export const disputed = (editing, current) =>
  touched(editing).filter(
    (field) => textOf(current, field) !== textOf(editing.base, field) && textOf(current, field) !== editing[field],
  );

export async function save() {
  const editing = /** @type {Editing} */ (get().editing);
  if (editing.busy) return;
  const fields = Object.fromEntries(touched(editing).map((field) => [field, editing[field]]));
  if (!Object.keys(fields).length) return stop();
  amend({ ...CALM, busy: true });
  try {
    const { data, popup } = await calls.updateTask(editing.id, fields, editing.base.version);
    stop();
    take(data);
    showPopup(popup);
  } catch (error) {
    await treat(error);
  }
}

/** @param {any} error */
async function treat(error) {
  if (error.status === 404) return amend({ busy: false, gone: true });
  if (error.status === 412) return meet();
  const isOfAField = Object.keys(error.fields ?? {}).length > 0;
  amend({ busy: false, faults: error.fields ?? {}, sentence: isOfAField ? "" : error.message });
}

/** Somebody was faster. Where they touched other texts, both changes stand; where the same, the person chooses. */
async function meet() {
  const editing = /** @type {Editing} */ (get().editing);
  try {
    const { data: current } = await calls.getTask(editing.id);
    take(current);
    amend({ busy: false });
    if (disputed(editing, current).length) return amend({ conflict: current });
    adopt(current);
    await save();
  } catch (error) {
    await treat(error);
  }
}

/** Go on from what the task is now; what the person did not touch becomes what it is. @param {Task} current */
function adopt(current) {
  const editing = /** @type {Editing} */ (get().editing);
  const mine = touched(editing);
  const texts = Object.fromEntries(
    FIELDS.map((field) => [field, mine.includes(field) ? editing[field] : textOf(current, field)]),
  );
  amend({ ...texts, base: current, conflict: null, gone: false });
}

export async function keepMine() {
  goOn();
  await save();
}

export function goOn() {
  const { conflict } = /** @type {Editing} */ (get().editing);
  if (conflict) adopt(conflict);
}

/** For a task that somebody deleted meanwhile. */
export async function restoreAndSave() {
  const { id } = /** @type {Editing} */ (get().editing);
  amend({ busy: true });
  try {
    const { data } = await calls.restoreTask(id);
    take(data);
    adopt(data);
    amend({ busy: false });
    await save();
  } catch (error) {
    await treat(error);
  }
}
