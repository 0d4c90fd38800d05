/** Every toast there is. What the API answers with a `popup` is shown here by its code, and nowhere else. */

import { pause } from "./api/client.js";
import { importLate } from "./late.js";
import { hidePlainToast, isUsed, plainToast } from "./plain-toast.js";
import { inFront } from "./views/dialog.js";

/** It is not needed to see the tasks, so it comes after them. */
export const fetchToasts = () => importLate("vendor/sweetalert2.mjs");

const PATIENCE = 1_500;
const SHORT = 4_000;
const LONG = 8_000;

const TITLES = {
  TASK_CREATED: "Task added",
  TASK_UPDATED: "Task saved",
  TASK_COMPLETED: "Task completed",
  TASK_INCOMPLETE: "Task reopened",
  TASK_DELETED: "Task deleted",
  TASK_RESTORED: "Task restored",
};

/** @typedef {() => boolean | Promise<boolean>} Undo whether nothing is left to try */

/** @type {Undo[]} what takes back what went, the last one last */
const undos = [];

/** @param {string | null} code @param {{text?: string, undo?: Undo}} [about] */
export function showPopup(code, { text, undo } = {}) {
  if (code) showNote(TITLES[code] ?? code, text, undo);
}

/** @param {string} title @param {string} [text] @param {Undo} [undo] */
export function showNote(title, text, undo) {
  if (undo) undos.push(undo);
  const shown = toast({
    titleText: title,
    text,
    timer: undo ? LONG : SHORT,
    showConfirmButton: undo !== undefined,
    confirmButtonText: "Undo",
  });
  if (undo) shown.then(({ isConfirmed }) => isConfirmed && takeBack(undo));
}

/** @param {unknown} error */
export function showError(error) {
  if (!(error instanceof Error)) throw error;
  toast({ titleText: error.message, timer: LONG, showCloseButton: true, customClass: { popup: "toast toast-error" } });
}

export const takeBackLast = () => takeBack(undos[undos.length - 1]);

/** Once; what may go well later can be tried again. @param {Undo | undefined} undo */
async function takeBack(undo) {
  const place = undo ? undos.indexOf(undo) : -1;
  if (!undo || place < 0) return;
  undos.splice(place, 1);
  if (!(await undo())) undos.splice(place, 0, undo);
}

/** Without its library, where that has not come: no toast waits for it, or is lost. @param {any} options */
async function toast(options) {
  const found = await Promise.race([fetchToasts(), pause(PATIENCE)]).catch(() => null);
  if (!found) return plainToast(options);
  hidePlainToast();
  return show(found.default, options);
}

/** @param {any} Swal @param {object} options */
function show(Swal, options) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return Swal.fire({
    toast: true,
    target: inFront(),
    position: "bottom-end",
    showConfirmButton: false,
    buttonsStyling: false,
    customClass: { confirmButton: "button", popup: "toast" },
    animation: !calm,
    didOpen: (/** @type {HTMLElement} */ popup) => stayWhileUsed(popup, Swal),
    ...options,
  });
}

/** A toast that somebody points at, or is on, does not vanish. @param {HTMLElement} popup @param {any} Swal */
function stayWhileUsed(popup, Swal) {
  for (const event of ["mouseenter", "focusin"]) popup.addEventListener(event, Swal.stopTimer);
  for (const event of ["mouseleave", "focusout"]) popup.addEventListener(event, () => isUsed(popup) || Swal.resumeTimer());
}
