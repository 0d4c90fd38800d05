/** All toasts. The API's `popup` codes are turned into text here and nowhere else. */

import { sleep } from "./api/client.js";
import { importLazily } from "./lazy-import.js";
import { hidePlainToast, isInUse, plainToast } from "./plain-toast.js";
import { topLayer } from "./views/dialog.js";

/** Loaded after the tasks, since they can be shown without it. */
export const loadToasts = () => importLazily("vendor/sweetalert2.mjs");

const LIBRARY_TIMEOUT = 1_500;
const SHORT = 4_000;
const LONG = 8_000;

const TITLES = {
  TASK_CREATED: "Task added",
  TASK_UPDATED: "Task saved",
  TASK_COMPLETED: "Task completed",
  TASK_INCOMPLETE: "Task reopened",
  TASK_DELETED: "Task deleted",
  TASK_RESTORED: "Task restored",
  TASK_ERASED: "Text erased",
};

/** @typedef {() => boolean | Promise<boolean>} Undo returns whether it is settled; if not, it can be tried again */

/** @type {Undo[]} the latest one last */
const undoStack = [];

/** @param {string | null} code @param {{text?: string, undo?: Undo}} [options] */
export function showPopup(code, { text, undo } = {}) {
  if (code) showNote(TITLES[code] ?? code, text, undo);
}

/** @param {string} title @param {string} [text] @param {Undo} [undo] */
export function showNote(title, text, undo) {
  if (undo) undoStack.push(undo);
  const shown = toast({
    titleText: title,
    text,
    timer: undo ? LONG : SHORT,
    showConfirmButton: undo !== undefined,
    confirmButtonText: "Undo",
  });
  if (undo) shown.then(({ isConfirmed }) => isConfirmed && runUndo(undo));
}

/** @param {unknown} error */
export function showError(error) {
  if (!(error instanceof Error)) throw error;
  toast({ titleText: error.message, timer: LONG, showCloseButton: true, customClass: { popup: "toast toast-error" } });
}

export const undoLast = () => runUndo(undoStack[undoStack.length - 1]);

/** Each undo runs once, unless it may succeed later. @param {Undo | undefined} undo */
async function runUndo(undo) {
  const index = undo ? undoStack.indexOf(undo) : -1;
  if (!undo || index < 0) return;
  undoStack.splice(index, 1);
  if (!(await undo())) undoStack.splice(index, 0, undo);
}

/** Falls back to a plain toast if the library is not loaded in time. @param {any} options */
async function toast(options) {
  const found = await Promise.race([loadToasts(), sleep(LIBRARY_TIMEOUT)]).catch(() => null);
  if (!found) return plainToast(options);
  hidePlainToast();
  return fire(found.default, options);
}

/** @param {any} Swal @param {object} options */
function fire(Swal, options) {
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return Swal.fire({
    toast: true,
    target: topLayer(),
    position: "bottom-end",
    showConfirmButton: false,
    buttonsStyling: false,
    customClass: { confirmButton: "button", popup: "toast" },
    animation: !reducedMotion,
    didOpen: (/** @type {HTMLElement} */ popup) => pauseWhileInUse(popup, Swal),
    ...options,
  });
}

/** A toast stays while the pointer or the focus is on it. @param {HTMLElement} popup @param {any} Swal */
function pauseWhileInUse(popup, Swal) {
  for (const event of ["mouseenter", "focusin"]) popup.addEventListener(event, Swal.stopTimer);
  for (const event of ["mouseleave", "focusout"]) popup.addEventListener(event, () => isInUse(popup) || Swal.resumeTimer());
}
