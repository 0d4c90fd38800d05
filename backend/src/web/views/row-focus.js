/**
 * Keeps the focus in a list whose rows are added, removed and moved. A row moved by somebody else keeps the focus; after
 * the user's own change it stays at the same position, on the next row.
 */

import { useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { useStore } from "../state/store.js";

/**
 * @typedef {import("./task-list.js").Row} Row
 * @typedef {{element: HTMLElement, key: string, part: string, index: number, wasDone?: boolean, isOwnChange: boolean}} Position
 *   the current or last focus; `isOwnChange` while the user's own change of that row is in progress
 * @typedef {(index: number, part: string, isOwn: boolean) => void} RequestFocus `isOwn` if it follows an action of the user
 */

const ACTIONS = "[data-part=toggle], [data-part=delete]";

/** @param {Row[]} rows @param {string | undefined} editing */
export function useRowFocus(rows, editing) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const last = useRef(/** @type {Position | null} */ (null));
  const [pendingKey, requestFocus] = useFocusRequest(list, rows);
  useFocusRestore(last, rows, editing, requestFocus);
  useStepKeys(list, last, rows, requestFocus);
  useEffect(() => () => void (last.current && requestAnimationFrame(focusHeading)), []); // the last row was removed

  const handlers = {
    ref: list,
    "data-list": true,
    onFocusIn: ({ target }) => (last.current = positionOf(target, rows) ?? last.current),
    onFocusOut: ({ relatedTarget, currentTarget }) => {
      if (relatedTarget && !currentTarget.contains(relatedTarget)) last.current = null;
    },
    onClick: ({ target }) => {
      const part = target.closest(ACTIONS);
      const at = focusedIn(part?.closest("[data-task]")) ?? part; // shortcuts click, too
      if (part) last.current = positionOf(at, rows, true);
    },
  };
  return { pendingKey, handlers };
}

/** Focuses a part of a row. Returns the key of a row that must be rendered first. @returns {[string | undefined, RequestFocus]} */
function useFocusRequest(list, rows) {
  const [request, setRequest] = useState(/** @type {{key: string, part: string, isOwn: boolean} | null} */ (null));
  useLayoutEffect(() => {
    if (!request) return;
    focusOn(list.current, request);
    setRequest(null);
  }, [request]);
  const requestFocus = (index, part, isOwn) => {
    const row = taskAt(rows, index);
    if (!row) return focusHeading();
    const position = { key: row.key, part, isOwn };
    if (!focusOn(list.current, position)) setRequest(position); // not rendered yet
  };
  return [request?.key, requestFocus];
}

/** Restores the focus only if it was lost or the user's own change removed its row. @param {RequestFocus} requestFocus */
function useFocusRestore(last, rows, editing, requestFocus) {
  const edited = useRef(editing);
  const busy = useStore((state) => state.busy);
  useLayoutEffect(() => {
    const position = last.current;
    const isOwn = position?.isOwnChange || edited.current !== editing;
    edited.current = editing;
    if (!position) return;
    const index = indexOf(rows, position.key);
    const hasLeft = index < 0 || (position.isOwnChange && rows[index].task.is_completed !== position.wasDone);
    if (hasLeft && (position.isOwnChange || isLost())) return requestFocus(position.index, position.part, isOwn);
    if (index >= 0) position.index = index;
    if (isLost() && !refocus(position.element)) requestFocus(index, position.part, isOwn);
  }, [rows, editing]);
  useLayoutEffect(() => {
    if (last.current && !busy.has(last.current.key)) last.current.isOwnChange = false;
  }, [busy]);
}

/** @param {RequestFocus} requestFocus */
function useStepKeys(list, last, rows, requestFocus) {
  useLayoutEffect(() => {
    const step = ({ detail }) => {
      const here = document.activeElement?.closest("[data-task]") ? indexOf(rows, last.current?.key) : -1;
      requestFocus(here < 0 ? 0 : nextTask(rows, here, detail), here < 0 ? "edit" : (last.current?.part ?? "edit"), true);
    };
    const leave = ({ target }) => target.closest?.("[data-task]") || (last.current = null);
    list.current?.addEventListener("step", step);
    document.addEventListener("pointerdown", leave);
    return () => {
      list.current?.removeEventListener("step", step);
      document.removeEventListener("pointerdown", leave);
    };
  });
}

/** @param {HTMLElement} element @param {Row[]} rows @returns {Position | null} */
function positionOf(element, rows, isOwnChange = false) {
  const row = /** @type {HTMLElement | null} */ (element.closest("[data-task]"));
  if (!row) return null;
  const key = row.dataset.task ?? "";
  const part = /** @type {HTMLElement | null} */ (element.closest("[data-part]"))?.dataset.part ?? "edit";
  const index = indexOf(rows, key);
  return { element, key, part, index, wasDone: rows[index]?.task?.is_completed, isOwnChange };
}

const isLost = () => document.activeElement === document.body;

/** @param {Element | null | undefined} row */
const focusedIn = (row) => (row?.contains(document.activeElement) ? document.activeElement : null);

/** Some browsers blur an element that is moved. @param {HTMLElement} element */
function refocus(element) {
  element.focus({ preventScroll: true });
  return document.activeElement === element;
}

/** For an empty list. Not a field, since the undo key would be typed into it. */
function focusHeading() {
  if (isLost()) document.querySelector("h1")?.focus();
}

/** @param {Row[]} rows @param {string | undefined} key */
const indexOf = (rows, key) => rows.findIndex((row) => row.key === key);

/** Returns whether the row is rendered. @param {HTMLElement | null} list @param {{key: string, part: string, isOwn: boolean}} position */
function focusOn(list, { key, part, isOwn }) {
  const row = list?.querySelector(`[data-task="${key}"]`);
  const found = row?.querySelector(`[data-part=${part}]`) ?? row?.querySelector("input, button");
  if (!(found instanceof HTMLElement)) return false;
  found.focus({ preventScroll: true });
  if (isOwn) found.closest("li")?.scrollIntoView({ block: "nearest" });
  return true;
}

/** The task at this index, else the nearest one. @param {Row[]} rows @param {number} index */
function taskAt(rows, index) {
  const row = rows[Math.min(index, rows.length - 1)];
  return row?.task ? row : rows[Math.min(index, rows.length - 1) + 1];
}

/** Skips headings and stops at both ends. @param {Row[]} rows @param {number} index @param {number} by */
function nextTask(rows, index, by) {
  const next = [index + by, index + 2 * by].find((each) => rows[each]?.task);
  return next ?? index;
}
