/** Dialogs: while one is open, nothing outside of it can be used or heard, so toasts go with it. */

const TOASTS = ".swal2-container, .plain-toast";

/** @returns {HTMLDialogElement | null} */
export const openDialog = () => document.querySelector("dialog[open]");

/** Where what is said is seen and heard. @returns {HTMLElement} */
export const inFront = () => openDialog() ?? document.body;

/** @param {ParentNode} [from] a dialog that has gone, or the page */
export function carryToasts(from = document) {
  const place = inFront();
  for (const toast of from.querySelectorAll(TOASTS)) if (toast.parentElement !== place) place.append(toast);
}

addEventListener("close", () => carryToasts(), true);

/** Opens a dialog at its heading: at its first button, where a browser would begin, a long one is scrolled away. @param {HTMLDialogElement | null} dialog */
export function showDialog(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  carryToasts();
  dialog.querySelector("h2")?.focus();
}
