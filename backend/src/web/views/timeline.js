/** The entries that have been read, day by day; of any number of them those are drawn that are seen. */

import { counted, day, number, startOfDay } from "../format.js";
import { html, useMemo, useState } from "../html.js";
import { useStore } from "../state/store.js";
import { Entry } from "./entry.js";
import { Nothing } from "./nothing.js";
import { Windowed } from "./windowed.js";

/** @typedef {import("../api/calls.js").Entry} HistoryEntry */
/** @typedef {{key: string, title?: string, entry?: HistoryEntry}} Row */

const ENTRY_HEIGHT = 2.75; // unless its sentence is long, or it is open

/** @param {{past: import("../state/past.js").Past, params: Record<string, string>}} props */
export function Timeline({ past, params }) {
  const { entries, total, fault } = past;
  const tasks = useStore((state) => state.tasks);
  const [open, setOpen] = useState(/** @type {Set<number>} */ (new Set()));
  const rows = useMemo(() => withDays(entries), [entries]);
  if (fault) return html`<${Nothing} title=${fault} />`;
  if (!entries.length) return html`<${None} isChosen=${Boolean(params.task_id || params.action_type)} />`;

  const toggle = (seq) => setOpen((before) => (before.has(seq) ? without(before, seq) : new Set(before).add(seq)));
  const draw = ({ title, entry }) =>
    title
      ? html`<h2 class="day">${title}</h2>`
      : html`<${Entry} entry=${entry} isGone=${tasks !== null && !tasks.has(entry.task_id)} params=${params} open=${open.has(entry.seq)} onToggle=${() => toggle(entry.seq)} />`;
  return html`
    <p class="dim" role="status">${entries.length < total ? `The newest ${number(entries.length)} of ${counted(total, "change")}` : counted(total, "change")}</p>
    <div class="timeline">
      <${Windowed} ...${{ label: "Changes", rows, keyOf, heightOf, about: ENTRY_HEIGHT, draw, steady: true }} />
    </div>
  `;
}

/** @param {{isChosen: boolean}} props whether there may be others */
const None = ({ isChosen }) =>
  isChosen
    ? html`<${Nothing} title="No change is like that" text="There may be others: choose all actions, or all tasks." />`
    : html`<${Nothing} title="Nothing happened yet" text="Each change of a task leaves one entry here, for good." />`;

/** @param {Set<number>} all @param {number} one */
const without = (all, one) => new Set([...all].filter((each) => each !== one));

/** @param {Row} row */
const keyOf = (row) => row.key;

const heightOf = () => null;

/** Each day's name before its entries. @param {HistoryEntry[]} entries the newest first @returns {Row[]} */
function withDays(entries) {
  const rows = [];
  let start = "";
  for (const entry of entries) {
    if (!start || entry.timestamp < start) {
      start = startOfDay(entry.timestamp);
      rows.push({ key: start, title: day(entry.timestamp) });
    }
    rows.push({ key: String(entry.seq), entry });
  }
  return rows;
}
