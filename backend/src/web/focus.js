/** Restores the focus when the focused element is removed or disabled: it moves to the nearest focusable element. */

const FOCUSABLE = "a[href], button, input, select, textarea, [tabindex]";

/** @type {Element | null} the focused element, or the one that had the focus until it was removed */
let lastFocused = null;

/** @type {Element[]} the element last focused in the page, outside of dialogs and toasts, with its ancestors */
let ancestors = [];

export function trackFocus() {
  addEventListener("focusin", ({ target }) => remember(/** @type {Element} */ (target)));
  addEventListener("pointerdown", () => (lastFocused = null)); // a click elsewhere gives it up
  addEventListener("close", () => setTimeout(restore), true);
  new MutationObserver(scheduleRestore).observe(document.body, { subtree: true, childList: true, attributeFilter: ["disabled"] });
}

/** Whether a form may take the focus without stealing it. Some browsers focus `main` when a button is clicked. @param {HTMLElement} form */
export const mayMoveFocus = (form) => form.contains(document.activeElement) || document.activeElement?.matches("body, main");

/** @param {Element} target */
function remember(target) {
  lastFocused = target;
  if (target.closest("#app") && !target.closest("dialog")) ancestors = [...withAncestors(target)];
}

/** @param {Element} element */
function* withAncestors(element) {
  for (let each = /** @type {Element | null} */ (element); each && each.id !== "app"; each = each.parentElement) yield each;
}

/** Deferred, so that the code that renders can set the focus first. */
function scheduleRestore() {
  if (lastFocused && (document.activeElement === document.body || isDisabled(lastFocused))) setTimeout(restore);
}

function restore() {
  if (!lastFocused || (isVisible(lastFocused) && !isDisabled(lastFocused))) return;
  lastFocused = null;
  const next = document.querySelector("dialog[open] h2") ?? nearestFocusable() ?? document.querySelector("h1");
  /** @type {HTMLElement | null} */ (next)?.focus({ preventScroll: true });
}

/** @param {Element} element */
const isVisible = (element) => element.getClientRects().length > 0;

/** @param {Element} element */
const isDisabled = (element) => element.matches(":disabled");

/** The first focusable element in the closest ancestor that is left. */
const nearestFocusable = () =>
  ancestors
    .filter(isVisible)
    .flatMap((element) => [...element.querySelectorAll(FOCUSABLE), element])
    .find((each) => each.matches(FOCUSABLE) && isVisible(each) && !isDisabled(each));
