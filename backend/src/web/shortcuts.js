/** Keyboard shortcuts, defined once for the listener and for the list that `?` shows. */

import { undoLast } from "./popups.js";
import { currentRoute, go } from "./route.js";
import { browserStorage } from "./storage.js";
import { openDialog, showDialog } from "./views/dialog.js";

const OFF = "tasktrail-single-keys-off";

/** Single-key shortcuts interfere with speech input, so they can be turned off (WCAG 2.1.4). */
export const singleKeyShortcuts = {
  areOn: () => browserStorage.get(OFF) === null,
  switch: (/** @type {boolean} */ on) => (on ? browserStorage.remove(OFF) : browserStorage.set(OFF, "yes")),
};

/** @typedef {{keys: string[], label: string, once?: boolean, run?: (event: KeyboardEvent) => void}} Shortcut */
/** @type {{title: string, single: boolean, shortcuts: Shortcut[]}[]} */
export const GROUPS = [
  {
    title: "Anywhere",
    single: true,
    shortcuts: [
      { keys: ["1"], label: "Tasks", run: () => go("tasks") },
      { keys: ["2"], label: "History", run: () => go("history") },
      { keys: ["3"], label: "Week", run: () => go("week") },
      { keys: ["n"], label: "New task", run: () => focusIn("tasks", "#new-title") },
      { keys: ["/"], label: "Find tasks", run: () => focusIn("tasks", "#find") },
      { keys: ["u", "Ctrl Z"], label: "Undo the last deletion or cancelled edit", once: true, run: undoLast },
      { keys: ["?"], label: "Show these shortcuts", run: openShortcuts },
    ],
  },
  {
    title: "On a task",
    single: true,
    shortcuts: [
      { keys: ["j", "↓"], label: "Next task", run: () => step(1) },
      { keys: ["k", "↑"], label: "Previous task", run: () => step(-1) },
      { keys: ["x"], label: "Complete or reopen", once: true, run: () => click("toggle") },
      { keys: ["e"], label: "Edit", run: () => click("edit") },
      { keys: ["h"], label: "Show history", run: () => click("history") },
      { keys: ["d", "Delete"], label: "Delete", once: true, run: () => click("delete") },
    ],
  },
  {
    title: "While editing",
    single: false,
    shortcuts: [
      { keys: ["Enter"], label: "Save (in the title)" },
      { keys: ["Ctrl Enter"], label: "Save (anywhere)" },
      { keys: ["Esc"], label: "Cancel" },
    ],
  },
];

const NAMES = { ArrowDown: "↓", ArrowUp: "↑" };
const ON_A_TASK = ["↓", "↑", "Delete"];
const ALWAYS_ON = [...ON_A_TASK, "Ctrl Z"];

/** @param {KeyboardEvent} event */
function nameOf({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  if (!ctrlKey && !metaKey && !altKey) return NAMES[key] ?? key;
  return key.toLowerCase() === "z" && !shiftKey && !altKey ? "Ctrl Z" : "";
}

export function listenForShortcuts() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isHandledElsewhere(event)) return;
    const key = nameOf(event);
    const found = GROUPS.flatMap(({ shortcuts }) => shortcuts).find(({ keys, run }) => run && keys.includes(key));
    if (!found || (!singleKeyShortcuts.areOn() && !ALWAYS_ON.includes(key))) return;
    if (ON_A_TASK.includes(key) && !rowOf(document.activeElement)) return;
    event.preventDefault();
    if (!(found.once && event.repeat)) found.run?.(event);
  });
}

/** Whether the key belongs to a form control or to an open dialog. @param {KeyboardEvent} event */
function isHandledElsewhere({ target }) {
  const element = /** @type {HTMLElement} */ (target);
  return openDialog() !== null || element.closest?.("input:not([type=checkbox]), textarea, select") != null;
}

/** @param {Element | null} element @returns {HTMLElement | null} */
const rowOf = (element) => element?.closest("[data-task]") ?? null;

/** @param {string} part */
function click(part) {
  /** @type {HTMLElement | null | undefined} */ (rowOf(document.activeElement)?.querySelector(`[data-part=${part}]`))?.click();
}

/** @param {number} by */
function step(by) {
  document.querySelector("[data-list]")?.dispatchEvent(new CustomEvent("step", { detail: by }));
}

/** @param {string} view @param {string} selector */
function focusIn(view, selector) {
  const field = /** @type {HTMLElement | null} */ (document.querySelector(selector));
  if (field && currentRoute().view === view) field.focus();
  else go(view, {}, { focus: selector });
}

export function openShortcuts() {
  showDialog(document.querySelector("dialog.shortcuts"));
}
