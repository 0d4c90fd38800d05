/** Keeps the focus: what had it may vanish, and a browser then leaves it nowhere. It goes to what is left nearby. */

const REACHABLE = "a[href], button, input, select, textarea, [tabindex]";

/** @type {Element | null} what has it, or had it until it vanished */
let holder = null;

/** @type {Element[]} where it was last in the page, dialogs and toasts aside, and all around that */
let places = [];

export function keepFocus() {
  addEventListener("focusin", ({ target }) => note(/** @type {Element} */ (target)));
  addEventListener("pointerdown", () => (holder = null)); // who points elsewhere lets go of it
  addEventListener("close", () => setTimeout(look), true);
  new MutationObserver(lookSoon).observe(document.body, { subtree: true, childList: true, attributeFilter: ["disabled"] });
}

/** Whether nobody is taken from elsewhere by it; some browsers leave it to `main` when a button is clicked. @param {HTMLElement} form */
export const mayTakeFocus = (form) => form.contains(document.activeElement) || document.activeElement?.matches("body, main");

/** @param {Element} target */
function note(target) {
  holder = target;
  if (target.closest("#app") && !target.closest("dialog")) places = [...around(target)];
}

/** @param {Element} element */
function* around(element) {
  for (let each = /** @type {Element | null} */ (element); each && each.id !== "app"; each = each.parentElement) yield each;
}

/** Whoever draws anew may know better where it goes. */
function lookSoon() {
  if (holder && (document.activeElement === document.body || isOff(holder))) setTimeout(look);
}

function look() {
  if (!holder || (isShown(holder) && !isOff(holder))) return;
  holder = null;
  const next = document.querySelector("dialog[open] h2") ?? nearest() ?? document.querySelector("h1");
  /** @type {HTMLElement | null} */ (next)?.focus({ preventScroll: true });
}

/** @param {Element} element */
const isShown = (element) => element.getClientRects().length > 0;

/** @param {Element} element */
const isOff = (element) => element.matches(":disabled");

/** The first thing that can have it, in what is left of where it was. */
const nearest = () =>
  places
    .filter(isShown)
    .flatMap((place) => [...place.querySelectorAll(REACHABLE), place])
    .find((each) => each.matches(REACHABLE) && isShown(each) && !isOff(each));
