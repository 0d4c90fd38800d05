/**
 * Keeps the focus in a list whose rows come, go and move. A row that somebody else moved keeps it; what the person did to
 * a row leaves it at its place, where the next row comes.
 */

import { useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { useStore } from "../state/store.js";

/**
 * @typedef {import("./task-list.js").Row} Row
 * @typedef {{element: HTMLElement, key: string, part: string, index: number, wasDone?: boolean, isMine: boolean}} Place
 *   where the focus is, or was; `isMine` while a change of that row is under way which the person made
 * @typedef {(index: number, part: string, isOwn: boolean) => void} Want `isOwn` where the person did something just now
 */

const ACTS = "[data-part=toggle], [data-part=delete]";

/** @param {Row[]} rows @param {string | undefined} editing */
export function useRowFocus(rows, editing) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const last = useRef(/** @type {Place | null} */ (null));
  const [wanted, want] = useWanted(list, rows);
  useHealing(last, rows, editing, want);
  useSteps(list, last, rows, want);
  useEffect(() => () => void (last.current && requestAnimationFrame(toHeading)), []); // the last row has gone

  const handlers = {
    ref: list,
    "data-list": true,
    onFocusIn: ({ target }) => (last.current = placeOf(target, rows) ?? last.current),
    onFocusOut: ({ relatedTarget, currentTarget }) => {
      if (relatedTarget && !currentTarget.contains(relatedTarget)) last.current = null;
    },
    onClick: ({ target }) => {
      const part = target.closest(ACTS);
      const at = focusedIn(part?.closest("[data-task]")) ?? part; // a shortcut clicks, too
      if (part) last.current = placeOf(at, rows, true);
    },
  };
  return { wanted, handlers };
}

/** Gives the focus to a part of a row, and the key of the one that is drawn for it first. @returns {[string | undefined, Want]} */
function useWanted(list, rows) {
  const [wanted, setWanted] = useState(/** @type {{key: string, part: string, isOwn: boolean} | null} */ (null));
  useLayoutEffect(() => {
    if (!wanted) return;
    focusOn(list.current, wanted);
    setWanted(null);
  }, [wanted]);
  const want = (index, part, isOwn) => {
    const row = taskAt(rows, index);
    if (!row) return toHeading();
    const place = { key: row.key, part, isOwn };
    if (!focusOn(list.current, place)) setWanted(place); // far away
  };
  return [wanted?.key, want];
}

/** Acts where the focus was lost, and where the person's own change took its row away; never else. @param {Want} want */
function useHealing(last, rows, editing, want) {
  const edited = useRef(editing);
  const busy = useStore((state) => state.busy);
  useLayoutEffect(() => {
    const place = last.current;
    const isOwn = place?.isMine || edited.current !== editing;
    edited.current = editing;
    if (!place) return;
    const index = indexOf(rows, place.key);
    const hasLeft = index < 0 || (place.isMine && rows[index].task.is_completed !== place.wasDone);
    if (hasLeft && (place.isMine || isLost())) return want(place.index, place.part, isOwn);
    if (index >= 0) place.index = index;
    if (isLost() && !isBack(place.element)) want(index, place.part, isOwn);
  }, [rows, editing]);
  useLayoutEffect(() => {
    if (last.current && !busy.has(last.current.key)) last.current.isMine = false;
  }, [busy]);
}

/** @param {Want} want */
function useSteps(list, last, rows, want) {
  useLayoutEffect(() => {
    const step = ({ detail }) => {
      const here = document.activeElement?.closest("[data-task]") ? indexOf(rows, last.current?.key) : -1;
      want(here < 0 ? 0 : nextTask(rows, here, detail), here < 0 ? "edit" : (last.current?.part ?? "edit"), true);
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

/** @param {HTMLElement} element @param {Row[]} rows @returns {Place | null} */
function placeOf(element, rows, isMine = false) {
  const row = /** @type {HTMLElement | null} */ (element.closest("[data-task]"));
  if (!row) return null;
  const key = row.dataset.task ?? "";
  const part = /** @type {HTMLElement | null} */ (element.closest("[data-part]"))?.dataset.part ?? "edit";
  const index = indexOf(rows, key);
  return { element, key, part, index, wasDone: rows[index]?.task?.is_completed, isMine };
}

const isLost = () => document.activeElement === document.body;

/** @param {Element | null | undefined} row */
const focusedIn = (row) => (row?.contains(document.activeElement) ? document.activeElement : null);

/** Some browsers take the focus from what is moved. @param {HTMLElement} element */
function isBack(element) {
  element.focus({ preventScroll: true });
  return document.activeElement === element;
}

/** Where no row is left: not into a field, or the key that takes a deletion back would be typed there. */
function toHeading() {
  if (isLost()) document.querySelector("h1")?.focus();
}

/** @param {Row[]} rows @param {string | undefined} key */
const indexOf = (rows, key) => rows.findIndex((row) => row.key === key);

/** Whether it is there to be focused. @param {HTMLElement | null} list @param {{key: string, part: string, isOwn: boolean}} place */
function focusOn(list, { key, part, isOwn }) {
  const row = list?.querySelector(`[data-task="${key}"]`);
  const found = row?.querySelector(`[data-part=${part}]`) ?? row?.querySelector("input, button");
  if (!(found instanceof HTMLElement)) return false;
  found.focus({ preventScroll: true });
  if (isOwn) found.closest("li")?.scrollIntoView({ block: "nearest" });
  return true;
}

/** The task at this place; else the nearest one. @param {Row[]} rows @param {number} index */
function taskAt(rows, index) {
  const row = rows[Math.min(index, rows.length - 1)];
  return row?.task ? row : rows[Math.min(index, rows.length - 1) + 1];
}

/** Over a title in between, and not beyond an end. @param {Row[]} rows @param {number} index @param {number} by */
function nextTask(rows, index, by) {
  const next = [index + by, index + 2 * by].find((each) => rows[each]?.task);
  return next ?? index;
}
