/** Edits a task in place. The draft is kept until it is stored, even if the task is changed or deleted meanwhile. */

import * as calls from "../api/calls.js";
import { showError, showNote, showPopup } from "../popups.js";
import { currentRoute, go } from "../route.js";
import { get, set } from "./store.js";
import { upsertTask } from "./tasks.js";

/** @typedef {import("../api/calls.js").Task} Task @typedef {import("./store.js").Editing} Editing */
/** @typedef {{title: string, description: string | null}} Texts */

export const FIELDS = /** @type {const} */ (["title", "description"]);

const IDLE = { errors: {}, message: "", busy: false, conflict: null, gone: false };

let edits = 0;

/** Each edit has a number, so that a late response can check whether its edit is still open. @param {Editing} editing */
const open = (editing) => set({ editing: { ...editing, ...IDLE, edit: ++edits } });

/** @param {Task} task */
export function startEdit(task) {
  const { id, title } = task;
  if (get().editing?.id === id || hasUnsavedEdit()) return;
  open({ ...IDLE, edit: 0, id, base: task, title, description: task.description ?? "" });
}

/** Unsaved text must be saved or cancelled before another task is edited. */
function hasUnsavedEdit() {
  const { editing } = get();
  if (!editing || !editedFields(editing).length) return false;
  showNote("Save or cancel the task you are editing first", editing.base.title);
  document.getElementById("edit-title")?.focus();
  return true;
}

const stop = () => set({ editing: null });

/** Closes the editor; undo reopens the draft. A request that was sent is not aborted. */
export function cancel() {
  const draft = get().editing;
  stop();
  if (!draft || !editedFields(draft).length) return;
  showNote(draft.busy ? "Still saving" : "Edit cancelled", draft.title, () => reopen(draft));
}

/** @param {Editing} draft */
function reopen(draft) {
  const { view, params } = currentRoute();
  if (view !== "tasks" || params.as_of !== undefined) go("tasks");
  if (hasUnsavedEdit()) return false;
  open(draft);
  return true;
}

/** @param {number} edit @returns {Editing | null} null unless it is the open one */
const openEdit = (edit) => (get().editing?.edit === edit ? get().editing : null);

/** @param {number} edit @param {Partial<Editing>} part */
function amend(edit, part) {
  const editing = openEdit(edit);
  if (editing) set({ editing: { ...editing, ...part } });
}

/** @param {"title" | "description"} field @param {string} text */
export function type(field, text) {
  const { edit, errors } = /** @type {Editing} */ (get().editing);
  amend(edit, { [field]: text, errors: { ...errors, [field]: "" } });
}

/** @param {Texts} task @param {"title" | "description"} field */
const textOf = (task, field) => task[field] ?? "";

/** The fields in which two texts differ. @param {Texts} one @param {Texts} other */
const differingFields = (one, other) => FIELDS.filter((field) => textOf(one, field) !== textOf(other, field));

/** The fields that the user has edited. @param {Editing} editing */
export const editedFields = (editing) => differingFields(editing, editing.base);

/** The fields that both sides changed, to different texts. @param {Texts} mine @param {Task} base @param {Task} current */
export function conflictingFields(mine, base, current) {
  const theirs = differingFields(current, base);
  return differingFields(mine, current).filter((field) => theirs.includes(field) && textOf(mine, field) !== textOf(base, field));
}

/** The draft on top of the current task: edited fields keep their text, the others take the current one. @param {Texts} texts @param {Texts} base @param {Task} current */
const rebasedDraft = (texts, base, current) =>
  /** @type {{title: string, description: string}} */ (
    Object.fromEntries(FIELDS.map((field) => [field, textOf(differingFields(texts, base).includes(field) ? texts : current, field)]))
  );

/** @param {number} edit @param {Task} current @param {Texts} [base] what the draft was based on */
function rebase(edit, current, base) {
  const editing = openEdit(edit);
  if (editing) amend(edit, { ...rebasedDraft(editing, base ?? editing.base, current), ...IDLE, base: current });
}

export async function save() {
  const { editing } = get();
  if (editing && !editing.busy) await store(editing, editing);
}

/** Sends the texts as they were when the user saved; the fields may have changed since. @param {Editing} editing @param {Texts} texts */
async function store({ edit, id, base }, texts) {
  const fields = Object.fromEntries(differingFields(texts, base).map((field) => [field, texts[field]]));
  if (!Object.keys(fields).length) return finish(edit, texts, base);
  amend(edit, { ...IDLE, busy: true });
  try {
    const { data, popup } = await calls.updateTask(id, fields, base.version);
    finish(edit, texts, data);
    upsertTask(data);
    showPopup(popup);
  } catch (error) {
    await handle(edit, texts, error);
  }
}

/** Closes the editor after saving, unless the user has typed more meanwhile. @param {number} edit @param {Texts} sent @param {Task} stored */
function finish(edit, sent, stored) {
  const editing = openEdit(edit);
  if (!editing) return;
  if (differingFields(editing, sent).length) rebase(edit, stored, sent);
  else stop();
}

/** @param {number} edit @param {Texts} texts @param {any} error */
async function handle(edit, texts, error) {
  const editing = openEdit(edit);
  if (!editing) return showError(error);
  if (error.status === 404) return amend(edit, { busy: false, gone: true });
  if (error.status === 412) return reconcile(editing, texts, () => calls.getTask(editing.id));
  const isOfAField = Object.keys(error.fields ?? {}).length > 0;
  amend(edit, { busy: false, errors: error.fields ?? {}, message: isOfAField ? "" : error.message });
}

/**
 * Somebody else changed the task first. Changes to different fields are merged; for the same field, the user chooses.
 *
 * @param {Editing} before @param {Texts} texts @param {() => Promise<{data: Task, popup: string | null}>} fetchCurrent
 */
async function reconcile({ edit, base }, texts, fetchCurrent) {
  try {
    const { data: current, popup } = await fetchCurrent();
    upsertTask(current);
    showPopup(popup, { text: current.title });
    if (!openEdit(edit)) return;
    if (conflictingFields(texts, base, current).length) return amend(edit, { busy: false, gone: false, conflict: current });
    rebase(edit, current);
    await store(/** @type {Editing} */ (openEdit(edit)), rebasedDraft(texts, base, current));
  } catch (error) {
    await handle(edit, texts, error);
  }
}

export async function keepMine() {
  editMine();
  await save();
}

/** Takes their text for conflicting fields and saves the user's other changes. */
export async function keepTheirs() {
  const { editing } = get();
  if (!editing?.conflict) return;
  const { edit, base, conflict } = editing;
  amend(edit, Object.fromEntries(conflictingFields(editing, base, conflict).map((field) => [field, textOf(conflict, field)])));
  editMine();
  await save();
}

export function editMine() {
  const { edit, conflict } = /** @type {Editing} */ (get().editing);
  if (conflict) rebase(edit, conflict);
}

/** For a task that somebody else deleted during the edit, and perhaps changed before. */
export async function restoreAndSave() {
  const { editing } = get();
  if (!editing || editing.busy) return;
  amend(editing.edit, { ...IDLE, busy: true });
  await reconcile(editing, editing, () => calls.restoreTask(editing.id));
}
