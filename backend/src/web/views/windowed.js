/** A list of any length, of which only what is seen is drawn, and what has the focus. */

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../html.js";

const BEYOND = 8;

/**
 * @param {{rows: any[], keyOf: (row: any) => string, heightOf: (row: any) => number | null, pinned: string[],
 *   draw: (row: any, index: number) => any, label: string}} props `heightOf` gives rem, and null where a row is as
 *   high as it is; `pinned` are keys of rows that are drawn in any case
 */
export function Windowed({ label, rows, keyOf, heightOf, pinned, draw }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [measured, setMeasured] = useState(/** @type {Map<string, number>} */ (new Map()));
  const rem = useMemo(() => parseFloat(getComputedStyle(document.documentElement).fontSize), []);
  const tops = useMemo(() => topsOf(rows, (row) => (heightOf(row) ?? 0) * rem || (measured.get(keyOf(row)) ?? 200)), [rows, measured, pinned.join()]);
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
        const key = keyOf(row);
        const measure = heightOf(row) === null ? (height) => measured.get(key) !== height && setMeasured(new Map(measured).set(key, height)) : null;
        return html`<${Place} key=${key} top=${tops[index]} height=${measure ? null : tops[index + 1] - tops[index]} measure=${measure} position=${index + 1} of=${rows.length}>${draw(row, index)}<//>`;
      })}
    </ul>
  `;
}

/** One row in its place. */
function Place({ top, height, measure, position, of, children }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    if (!measure) return undefined;
    const observer = new ResizeObserver(() => measure(place.current?.offsetHeight ?? 0));
    observer.observe(place.current);
    return () => observer.disconnect();
  });
  const style = { transform: `translateY(${top}px)`, height: height === null ? "auto" : `${height}px` };
  return html`<li ref=${place} style=${style} aria-setsize=${of} aria-posinset=${position}>${children}</li>`;
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
