/** Editing in place: what was typed is kept until it is stored, whatever happens to the task meanwhile. */

import * as calls from "../api/calls.js";
import { showError, showNote, showPopup } from "../popups.js";
import { currentRoute, go } from "../route.js";
import { get, set } from "./store.js";
import { take } from "./tasks.js";

/** @typedef {import("../api/calls.js").Task} Task @typedef {import("./store.js").Editing} Editing */
/** @typedef {{title: string, description: string | null}} Texts */

export const FIELDS = /** @type {const} */ (["title", "description"]);

const CALM = { faults: {}, sentence: "", busy: false, conflict: null, gone: false };

let edits = 0;

/** An edit has a number of its own, by which a late answer finds out whether it is still open. @param {Editing} editing */
const open = (editing) => set({ editing: { ...editing, ...CALM, edit: ++edits } });

/** @param {Task} task */
export function begin(task) {
  const { id, title } = task;
  if (get().editing?.id === id || isHeld()) return;
  open({ ...CALM, edit: 0, id, base: task, title, description: task.description ?? "" });
}

/** What was typed is not left behind for another task. */
function isHeld() {
  const { editing } = get();
  if (!editing || !touched(editing).length) return false;
  showNote("Save or cancel the task you are editing first", editing.base.title);
  document.getElementById("edit-title")?.focus();
  return true;
}

const stop = () => set({ editing: null });

/** Closes it; what was typed can be brought back. What is on its way is not called back. */
export function cancel() {
  const draft = get().editing;
  stop();
  if (!draft || !touched(draft).length) return;
  showNote(draft.busy ? "It is still being saved" : "Edit cancelled", draft.title, () => reopen(draft));
}

/** @param {Editing} draft */
function reopen(draft) {
  const { view, params } = currentRoute();
  if (view !== "tasks" || params.as_of !== undefined) go("tasks");
  if (isHeld()) return false;
  open(draft);
  return true;
}

/** @param {number} edit @returns {Editing | null} while it is the one that is open */
const still = (edit) => (get().editing?.edit === edit ? get().editing : null);

/** @param {number} edit @param {Partial<Editing>} part */
function amend(edit, part) {
  const editing = still(edit);
  if (editing) set({ editing: { ...editing, ...part } });
}

/** @param {"title" | "description"} field @param {string} text */
export function type(field, text) {
  const { edit, faults } = /** @type {Editing} */ (get().editing);
  amend(edit, { [field]: text, faults: { ...faults, [field]: "" } });
}

/** @param {Texts} task @param {"title" | "description"} field */
const textOf = (task, field) => task[field] ?? "";

/** The fields whose texts differ. @param {Texts} one @param {Texts} other */
const differing = (one, other) => FIELDS.filter((field) => textOf(one, field) !== textOf(other, field));

/** The fields that the person changed. @param {Editing} editing */
export const touched = (editing) => differing(editing, editing.base);

/** The fields that both changed, differently. @param {Texts} mine @param {Task} base @param {Task} current */
export function disputed(mine, base, current) {
  const theirs = differing(current, base);
  return differing(mine, current).filter((field) => theirs.includes(field) && textOf(mine, field) !== textOf(base, field));
}

/** What they are after the task has changed: what the person did not touch becomes what it is. @param {Texts} texts @param {Texts} base @param {Task} current */
const carried = (texts, base, current) =>
  /** @type {{title: string, description: string}} */ (
    Object.fromEntries(FIELDS.map((field) => [field, textOf(differing(texts, base).includes(field) ? texts : current, field)]))
  );

/** @param {number} edit @param {Task} current @param {Texts} [base] what the texts grew from */
function adopt(edit, current, base) {
  const editing = still(edit);
  if (editing) amend(edit, { ...carried(editing, base ?? editing.base, current), ...CALM, base: current });
}

export async function save() {
  const { editing } = get();
  if (editing && !editing.busy) await store(editing, editing);
}

/** Only what the person saved is sent: the field may hold more by now. @param {Editing} editing @param {Texts} texts */
async function store({ edit, id, base }, texts) {
  const fields = Object.fromEntries(differing(texts, base).map((field) => [field, texts[field]]));
  if (!Object.keys(fields).length) return settle(edit, texts, base);
  amend(edit, { ...CALM, busy: true });
  try {
    const { data, popup } = await calls.updateTask(id, fields, base.version);
    settle(edit, texts, data);
    take(data);
    showPopup(popup);
  } catch (error) {
    await treat(edit, texts, error);
  }
}

/** It is stored; who typed on meanwhile goes on. @param {number} edit @param {Texts} sent @param {Task} stored */
function settle(edit, sent, stored) {
  const editing = still(edit);
  if (!editing) return;
  if (differing(editing, sent).length) adopt(edit, stored, sent);
  else stop();
}

/** @param {number} edit @param {Texts} texts @param {any} error */
async function treat(edit, texts, error) {
  const editing = still(edit);
  if (!editing) return showError(error);
  if (error.status === 404) return amend(edit, { busy: false, gone: true });
  if (error.status === 412) return meet(editing, texts, () => calls.getTask(editing.id));
  const isOfAField = Object.keys(error.fields ?? {}).length > 0;
  amend(edit, { busy: false, faults: error.fields ?? {}, sentence: isOfAField ? "" : error.message });
}

/**
 * Somebody was faster. Where they touched other texts, both changes stand; where the same, the person chooses.
 *
 * @param {Editing} before @param {Texts} texts @param {() => Promise<{data: Task, popup: string | null}>} ask
 */
async function meet({ edit, base }, texts, ask) {
  try {
    const { data: current, popup } = await ask();
    take(current);
    showPopup(popup, { text: current.title });
    if (!still(edit)) return;
    if (disputed(texts, base, current).length) return amend(edit, { busy: false, gone: false, conflict: current });
    adopt(edit, current);
    await store(/** @type {Editing} */ (still(edit)), carried(texts, base, current));
  } catch (error) {
    await treat(edit, texts, error);
  }
}

export async function keepMine() {
  goOn();
  await save();
}

/** Theirs where both changed one text; what else was typed is saved. */
export async function keepTheirs() {
  const { editing } = get();
  if (!editing?.conflict) return;
  const { edit, base, conflict } = editing;
  amend(edit, Object.fromEntries(disputed(editing, base, conflict).map((field) => [field, textOf(conflict, field)])));
  goOn();
  await save();
}

export function goOn() {
  const { edit, conflict } = /** @type {Editing} */ (get().editing);
  if (conflict) adopt(edit, conflict);
}

/** For a task that somebody deleted meanwhile, and maybe changed before. */
export async function restoreAndSave() {
  const { editing } = get();
  if (!editing || editing.busy) return;
  amend(editing.edit, { ...CALM, busy: true });
  await meet(editing, editing, () => calls.restoreTask(editing.id));
}
