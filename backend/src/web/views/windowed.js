/** A list of any length, of which only what is seen is drawn, and what has the focus. */

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../html.js";

const BEYOND = 8;
const STILL = 150; // ms without a scroll event, after which nothing is on its way

/**
 * @param {{rows: any[], keyOf: (row: any) => string, heightOf: (row: any) => number | null, about?: number,
 *   pinned: string[], draw: (row: any, index: number) => any, label: string, steady?: boolean}} props `heightOf` gives
 *   rem, and null where a row is as high as it is, taken to be `about` until it is drawn; `pinned` are keys of rows that
 *   are drawn in any case; where rows only come and never move, `steady` keeps in its place what is seen
 */
export function Windowed({ label, rows, keyOf, heightOf, about = 12.5, pinned, draw, steady = false }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [heights, observer] = useHeights();
  const rem = useMemo(() => parseFloat(getComputedStyle(document.documentElement).fontSize), []);
  const tops = useMemo(() => {
    const guessed = (row) => heights.get(keyOf(row)) ?? about * rem;
    return topsOf(rows, (row) => (heightOf(row) ?? 0) * rem || guessed(row));
  }, [rows, heights, pinned.join()]);
  useSteady(steady, list, rows, keyOf, tops);
  const [first, last] = useSeen(list, tops);

  const drawn = [];
  for (let index = Math.max(0, first - BEYOND); index < Math.min(rows.length, last + BEYOND); index += 1) drawn.push(index);
  for (const key of pinned) {
    const index = rows.findIndex((row) => keyOf(row) === key);
    if (index >= 0 && !drawn.includes(index)) drawn.push(index);
  }
  drawn.sort((one, other) => one - other);

  return html`
    <ul ref=${list} class="windowed" aria-label=${label} style=${{ height: `${tops[rows.length]}px` }}>
      ${drawn.map((index) => {
        const row = rows[index];
        const place = { key: keyOf(row), name: keyOf(row), top: tops[index], position: index + 1, of: rows.length };
        const size = heightOf(row) === null ? { observer } : { height: tops[index + 1] - tops[index] };
        return html`<${Place} ...${place} ...${size}>${draw(row, index)}<//>`;
      })}
    </ul>
  `;
}

/** One row in its place. */
function Place({ name, top, height, observer, position, of, children }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const row = place.current;
    observer?.observe(row);
    return () => observer?.unobserve(row);
  }, [observer]);
  const style = { transform: `translateY(${top}px)`, height: height === undefined ? "auto" : `${height}px` };
  return html`<li ref=${place} data-row=${name} style=${style} aria-setsize=${of} aria-posinset=${position}>${children}</li>`;
}

/** How high the rows are that are as high as they are, by their keys, and what notices it. @returns {[Map<string, number>, ResizeObserver]} */
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

/** Scrolls by as much as the first row that is seen was moved by what came, or turned out higher, before it. */
function useSteady(isWanted, list, rows, keyOf, tops) {
  const last = useRef({ rows, tops, place: 0, moved: 0 });
  const placeOfList = () => list.current.getBoundingClientRect().top + scrollY;
  useLayoutEffect(() => {
    const before = last.current;
    const place = placeOfList();
    last.current = { ...before, rows, tops, place };
    const isMoving = rows === before.rows && performance.now() - before.moved < STILL; // that would end the way to the top
    if (!isWanted || isMoving || scrollY <= 0 || !before.rows.length) return;
    const index = Math.min(rowAt(before.tops, scrollY - before.place), before.rows.length - 1);
    const now = rows.findIndex((row) => keyOf(row) === keyOf(before.rows[index]));
    const by = place + tops[now] - before.place - before.tops[index];
    if (Math.abs(by) >= 1) scrollBy({ top: by, behavior: "instant" }); // NaN where the row has gone
  }, [tops]);
  useLayoutEffect(() => {
    const note = () => Object.assign(last.current, { place: placeOfList(), moved: performance.now() });
    addEventListener("scroll", note, { passive: true });
    return () => removeEventListener("scroll", note);
  }, []);
}

/** Where each row begins, and at the end where the last one ends. @param {any[]} rows @param {(row: any) => number} heightOf */
function topsOf(rows, heightOf) {
  const tops = new Float64Array(rows.length + 1);
  rows.forEach((row, index) => (tops[index + 1] = tops[index] + heightOf(row)));
  return tops;
}

/** The first and the last row that can be seen. */
function useSeen(list, tops) {
  const [seen, setSeen] = useState([0, 20]);
  useLayoutEffect(() => {
    let asked = 0;
    const look = () => {
      asked = 0;
      const above = -list.current.getBoundingClientRect().top;
      const now = [rowAt(tops, above), rowAt(tops, above + innerHeight) + 1];
      setSeen((before) => (before[0] === now[0] && before[1] === now[1] ? before : now));
    };
    const lookSoon = () => (asked ||= requestAnimationFrame(look));
    look();
    addEventListener("scroll", lookSoon, { passive: true });
    addEventListener("resize", lookSoon);
    return () => {
      cancelAnimationFrame(asked);
      removeEventListener("scroll", lookSoon);
      removeEventListener("resize", lookSoon);
    };
  }, [tops]);
  return seen;
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
