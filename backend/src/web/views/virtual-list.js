/** A list of any length that renders only the visible rows and the focused one. */

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../html.js";

const OVERSCAN = 8;
const SCROLL_END = 150; // ms without a scroll event after which scrolling has ended

/**
 * @param {{rows: any[], keyOf: (row: any) => string, heightOf: (row: any) => number | null, estimate?: number,
 *   pinned?: string[], renderRow: (row: any, index: number) => any, label: string, anchored?: boolean}} props `heightOf` is
 *   in rem; null means the row is measured, and counts as `estimate` until then; `pinned` rows, by key, are always
 *   rendered; `anchored` keeps the visible rows in place when others are added, for lists whose rows never move
 */
export function VirtualList({ label, rows, keyOf, heightOf, estimate = 12.5, pinned = [], renderRow, anchored = false }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [heights, observer] = useHeights();
  const rem = useMemo(() => parseFloat(getComputedStyle(document.documentElement).fontSize), []);
  const tops = useMemo(() => {
    const estimated = (row) => heights.get(keyOf(row)) ?? estimate * rem;
    return topsOf(rows, (row) => (heightOf(row) ?? 0) * rem || estimated(row));
  }, [rows, heights, pinned.join()]);
  useScrollAnchor(anchored, list, rows, keyOf, tops);
  const [first, last] = useVisibleRange(list, tops);
  const [focused, setFocused] = useState("");

  const rendered = [];
  for (let index = Math.max(0, first - OVERSCAN); index < Math.min(rows.length, last + OVERSCAN); index += 1) rendered.push(index);
  for (const key of [...pinned, focused]) {
    const index = rows.findIndex((row) => keyOf(row) === key);
    if (index >= 0 && !rendered.includes(index)) rendered.push(index);
  }
  rendered.sort((one, other) => one - other);

  return html`
    <ul ref=${list} class="virtual-list" role="list" aria-label=${label} style=${{ height: `${tops[rows.length]}px` }}>
      ${rendered.map((index) => {
        const row = rows[index];
        const place = { key: keyOf(row), name: keyOf(row), top: tops[index], position: index + 1, of: rows.length, onFocus: setFocused };
        const size = heightOf(row) === null ? { observer } : { height: tops[index + 1] - tops[index] };
        return html`<${ListItem} ...${place} ...${size}>${renderRow(row, index)}<//>`;
      })}
    </ul>
  `;
}

/** One row at its offset. */
function ListItem({ name, top, height, observer, position, of, onFocus, children }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const row = place.current;
    observer?.observe(row);
    return () => observer?.unobserve(row);
  }, [observer]);
  const style = { transform: `translateY(${top}px)`, height: height === undefined ? "auto" : `${height}px` };
  return html`<li ref=${place} data-row=${name} style=${style} aria-setsize=${of} aria-posinset=${position} onFocusIn=${() => onFocus(name)}>${children}</li>`;
}

/** Heights of measured rows, by key, and the observer that measures them. @returns {[Map<string, number>, ResizeObserver]} */
function useHeights() {
  const [heights, setHeights] = useState(/** @type {Map<string, number>} */ (new Map()));
  const observer = useMemo(() => new ResizeObserver((sizes) => setHeights((before) => withHeights(before, sizes))), []);
  useEffect(() => () => observer.disconnect(), []);
  return [heights, observer];
}

/** @param {Map<string, number>} before @param {ResizeObserverEntry[]} sizes */
function withHeights(before, sizes) {
  const found = sizes.map(({ target }) => /** @type {any} */ (target)).map((row) => [row.dataset.row, row.getBoundingClientRect().height]);
  const changed = found.filter(([key, height]) => before.get(key) !== height);
  return changed.length ? new Map([...before, .../** @type {[string, number][]} */ (changed)]) : before;
}

/** Scroll anchoring: scrolls by as much as the first visible row was moved by rows added or resized before it. */
function useScrollAnchor(isEnabled, list, rows, keyOf, tops) {
  const last = useRef({ rows, tops, place: 0, moved: 0 });
  const placeOfList = () => list.current.getBoundingClientRect().top + scrollY;
  useLayoutEffect(() => {
    const before = last.current;
    const place = placeOfList();
    last.current = { ...before, rows, tops, place };
    const isMoving = rows === before.rows && performance.now() - before.moved < SCROLL_END; // scrolling now would stop smooth scrolling
    if (!isEnabled || isMoving || scrollY <= 0 || !before.rows.length) return;
    const index = Math.min(rowAt(before.tops, scrollY - before.place), before.rows.length - 1);
    const now = rows.findIndex((row) => keyOf(row) === keyOf(before.rows[index]));
    const by = place + tops[now] - before.place - before.tops[index];
    if (Math.abs(by) >= 1) scrollBy({ top: by, behavior: "instant" }); // NaN if the row was removed
  }, [tops]);
  useLayoutEffect(() => {
    const note = () => Object.assign(last.current, { place: placeOfList(), moved: performance.now() });
    addEventListener("scroll", note, { passive: true });
    return () => removeEventListener("scroll", note); // a layout effect: a later cleanup would still receive scroll events of the removed list
  }, []);
}

/** The offset of each row, and the total height at the end. @param {any[]} rows @param {(row: any) => number} heightOf */
function topsOf(rows, heightOf) {
  const tops = new Float64Array(rows.length + 1);
  rows.forEach((row, index) => (tops[index + 1] = tops[index] + heightOf(row)));
  return tops;
}

/** The first and the last visible row. */
function useVisibleRange(list, tops) {
  const [range, setRange] = useState([0, 20]);
  useLayoutEffect(() => {
    let frame = 0;
    const update = () => {
      frame = 0;
      const above = -list.current.getBoundingClientRect().top;
      const now = [rowAt(tops, above), rowAt(tops, above + innerHeight) + 1];
      setRange((before) => (before[0] === now[0] && before[1] === now[1] ? before : now));
    };
    const scheduleUpdate = () => (frame ||= requestAnimationFrame(update));
    update();
    addEventListener("scroll", scheduleUpdate, { passive: true });
    addEventListener("resize", scheduleUpdate);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", scheduleUpdate);
      removeEventListener("resize", scheduleUpdate);
    };
  }, [tops]);
  return range;
}

/** @param {Float64Array} tops @param {number} y */
function rowAt(tops, y) {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tops[middle + 1] <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}
