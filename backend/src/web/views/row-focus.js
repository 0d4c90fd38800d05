/**
 * Keeps the focus in a list whose rows come, go and move. A row that somebody else moved takes the focus along; what the
 * person did to a row leaves it at its place, where the next row comes.
 */

import { useEffect, useLayoutEffect, useRef, useState } from "../html.js";

/** @typedef {import("./task-list.js").Row} Row */
/** @typedef {{key: string, part: string, index: number, mine: boolean}} Place */

/** @param {Row[]} rows @param {string | undefined} editing */
export function useRowFocus(rows, editing) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const last = useRef(/** @type {Place | null} */ (null));
  const [focused, setFocused] = useState(/** @type {string | null} */ (null));
  const [wanted, setWanted] = useState(/** @type {{key: string, part: string} | null} */ (null));

  const want = (/** @type {number} */ index, /** @type {string} */ part) => {
    const row = taskAt(rows, index);
    if (!row) return toHeading();
    const place = { key: row.key, part };
    if (focusOn(list.current, place)) return;
    setFocused(row.key); // far away: it is drawn first
    setWanted(place);
  };

  useLayoutEffect(() => {
    const before = last.current;
    if (!before) return;
    const index = indexOf(rows, before.key);
    const hasLeft = index < 0 || (before.mine && index !== before.index);
    if (hasLeft || document.activeElement === document.body) want(hasLeft ? before.index : index, before.part);
  }, [rows, editing]);

  useLayoutEffect(() => {
    if (wanted && focusOn(list.current, wanted)) setWanted(null);
  }, [wanted, rows]);

  useLayoutEffect(() => {
    const step = ({ detail }) => {
      const here = document.activeElement?.closest("[data-task]") ? indexOf(rows, last.current?.key) : -1;
      want(here < 0 ? 0 : nextTask(rows, here, detail), here < 0 ? "edit" : (last.current?.part ?? "edit"));
    };
    const leave = ({ target }) => target.closest?.("[data-task]") || (last.current = null);
    list.current?.addEventListener("step", step);
    document.addEventListener("pointerdown", leave);
    return () => {
      list.current?.removeEventListener("step", step);
      document.removeEventListener("pointerdown", leave);
    };
  });

  useEffect(() => () => void (last.current && requestAnimationFrame(toHeading)), []); // the last row has gone

  const note = (event, mine) => {
    const row = event.target.closest("[data-task]");
    if (!row) return;
    const key = row.dataset.task;
    const at = row.contains(document.activeElement) ? document.activeElement : event.target; // a shortcut clicks, too
    const part = at.closest("[data-part]")?.dataset.part ?? "edit";
    last.current = { key, part, index: indexOf(rows, key), mine };
    setFocused(key);
  };
  const handlers = {
    ref: list,
    "data-list": true,
    onFocusIn: (event) => note(event, false),
    onClick: (event) => note(event, true),
    onFocusOut: ({ relatedTarget, currentTarget }) => {
      if (relatedTarget && !currentTarget.contains(relatedTarget)) last.current = null;
    },
  };
  return { focused, handlers };
}

/** Where no row is left: not into a field, or the key that takes a deletion back would be typed there. */
function toHeading() {
  if (document.activeElement === document.body) document.querySelector("h1")?.focus();
}

/** @param {Row[]} rows @param {string | undefined} key */
const indexOf = (rows, key) => rows.findIndex((row) => row.key === key);

/** Whether it is there to be focused. @param {HTMLElement | null} list @param {{key: string, part: string}} place */
function focusOn(list, { key, part }) {
  const row = list?.querySelector(`[data-task="${key}"]`);
  const found = row?.querySelector(`[data-part=${part}]`) ?? row?.querySelector("[data-part]");
  if (!(found instanceof HTMLElement)) return false;
  found.focus({ preventScroll: true });
  found.closest("li")?.scrollIntoView({ block: "nearest" });
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
