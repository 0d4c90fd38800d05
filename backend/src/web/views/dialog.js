/** Modal dialogs. The rest of the page is inert while one is open, so toasts are moved into it. */

const TOASTS = ".swal2-container, .plain-toast";

/** @returns {HTMLDialogElement | null} */
export const openDialog = () => document.querySelector("dialog[open]");

/** The element that toasts must be in to be usable: the open dialog, or the body. @returns {HTMLElement} */
export const topLayer = () => openDialog() ?? document.body;

/** @param {ParentNode} [from] a removed dialog, or the page */
export function moveToasts(from = document) {
  const target = topLayer();
  for (const toast of from.querySelectorAll(TOASTS)) if (toast.parentElement !== target) target.append(toast);
}

addEventListener("close", () => moveToasts(), true);

/** Opens a dialog and focuses its heading. Browsers focus the first button, which scrolls a long dialog to its end. @param {HTMLDialogElement | null} dialog */
export function showDialog(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  moveToasts();
  dialog.querySelector("h2")?.focus();
}
