/** Every toast there is. What the API answers with a `popup` is shown here by its code, and nowhere else. */

const library = () => import("./vendor/sweetalert2.mjs");

/** It is not needed to see the tasks, so it comes after them. */
export const fetchToasts = library;

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

/** @type {(() => void) | null} what takes the last deletion back */
let takeBack = null;

/** @param {string | null} code @param {{text?: string, undo?: () => void}} [about] */
export function showPopup(code, { text, undo } = {}) {
  if (!code) return;
  if (undo) takeBack = undo;
  const shown = toast({
    titleText: TITLES[code] ?? code,
    text,
    timer: undo ? LONG : SHORT,
    showConfirmButton: undo !== undefined,
    confirmButtonText: "Undo",
  });
  if (undo) shown.then(({ isConfirmed }) => isConfirmed && takeBackLast());
}

/** @param {unknown} error */
export function showError(error) {
  if (!(error instanceof Error)) throw error;
  toast({ titleText: error.message, timer: LONG, showCloseButton: true, customClass: { popup: "toast toast-error" } });
}

export function takeBackLast() {
  takeBack?.();
  takeBack = null;
}

/** @param {object} options */
async function toast(options) {
  const { default: Swal } = await library();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return Swal.fire({
    toast: true,
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
  for (const event of ["mouseleave", "focusout"]) popup.addEventListener(event, Swal.resumeTimer);
}
