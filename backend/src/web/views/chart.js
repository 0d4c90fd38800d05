/** A bar chart with two bars a day, and the same figures as a table for screen readers. */

import { html } from "../html.js";

/** @typedef {{date: string, created: number, completed: number}} Day */

const WIDTH = 700;
const HEIGHT = 240;
const FLOOR = 200;
const CEILING = 40;
const BAR = 26;

const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });

/** @param {{days: Day[]}} props */
export function Chart({ days }) {
  const most = Math.max(1, ...days.flatMap(({ created, completed }) => [created, completed]));
  const step = WIDTH / Math.max(days.length, 1);
  return html`
    <figure class="chart">
      <figcaption><span class="key created"></span>Added <span class="key completed"></span>Completed</figcaption>
      <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="Tasks added and completed on each day; the figures are in the table that follows">
        <line x1="0" x2=${WIDTH} y1=${FLOOR} y2=${FLOOR} class="floor" />
        ${days.map((day, index) => html`<${Bars} day=${day} middle=${(index + 0.5) * step} most=${most} />`)}
      </svg>
      <${Table} days=${days} />
    </figure>
  `;
}

/** @param {{day: Day, middle: number, most: number}} props */
const Bars = ({ day, middle, most }) => html`
  <g>
    <${Bar} kind="created" value=${day.created} x=${middle - BAR - 2} most=${most} />
    <${Bar} kind="completed" value=${day.completed} x=${middle + 2} most=${most} />
    <text class="weekday" x=${middle} y=${FLOOR + 24}>${WEEKDAY.format(new Date(day.date))}</text>
  </g>
`;

/** @param {{kind: string, value: number, x: number, most: number}} props */
function Bar({ kind, value, x, most }) {
  const height = value && Math.max(6, (value / most) * (FLOOR - CEILING));
  return html`
    <rect class=${kind} x=${x} y=${FLOOR - height} width=${BAR} height=${height} rx="3" />
    <text class=${value ? "value" : "value none"} x=${x + BAR / 2} y=${FLOOR - height - 6}>${value}</text>
  `;
}

/** @param {{days: Day[]}} props */
const Table = ({ days }) => html`
  <div class="sr-only"><table>
    <caption>Tasks added and completed on each day</caption>
    <thead><tr><th scope="col">Day</th><th scope="col">Added</th><th scope="col">Completed</th></tr></thead>
    <tbody>${days.map(({ date, created, completed }) => html`<tr><th scope="row">${DATE.format(new Date(date))}</th><td>${created}</td><td>${completed}</td></tr>`)}</tbody>
  </table></div>
`;
