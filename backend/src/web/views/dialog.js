/** Opens a dialog at its heading: at its first button, where a browser would begin, a long one is scrolled away. */

/** @param {HTMLDialogElement | null} dialog */
export function showDialog(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("h2")?.focus();
}
