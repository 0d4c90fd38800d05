/** The loaded entries, grouped by day. Only visible rows are rendered. */

import { counted, day, number, startOfDay } from "../format.js";
import { html, useMemo, useState } from "../html.js";
import { useStore } from "../state/store.js";
import { Entry } from "./entry.js";
import { EmptyState } from "./empty-state.js";
import { VirtualList } from "./virtual-list.js";

/** @typedef {import("../api/calls.js").Entry} HistoryEntry */
/** @typedef {{key: string, title?: string, entry?: HistoryEntry}} Row */

const ENTRY_HEIGHT = 2.75; // unless its description is long or it is expanded

/** @param {{history: import("../state/history.js").LoadedHistory, params: Record<string, string>}} props */
export function Timeline({ history, params }) {
  const { entries, total, error } = history;
  const tasks = useStore((state) => state.tasks);
  const [open, setOpen] = useState(/** @type {Set<number>} */ (new Set()));
  const rows = useMemo(() => withDays(entries), [entries]);
  if (error) return html`<${EmptyState} title=${error} />`;
  if (!entries.length) return html`<${Empty} isFiltered=${Boolean(params.task_id || params.action_type)} />`;

  const toggle = (seq) => setOpen((before) => (before.has(seq) ? without(before, seq) : new Set(before).add(seq)));
  const renderRow = ({ title, entry }) =>
    title
      ? html`<h2 class="day">${title}</h2>`
      : html`<${Entry} entry=${entry} isGone=${tasks !== null && !tasks.has(entry.task_id)} params=${params} open=${open.has(entry.seq)} onToggle=${() => toggle(entry.seq)} />`;
  return html`
    <p class="dim" role="status">${entries.length < total ? `Newest ${number(entries.length)} of ${counted(total, "change")}` : counted(total, "change")}</p>
    <div class="timeline">
      <${VirtualList} ...${{ label: "Changes", rows, keyOf, heightOf, estimate: ENTRY_HEIGHT, renderRow, anchored: true }} />
    </div>
  `;
}

/** @param {{isFiltered: boolean}} props whether a filter is set */
const Empty = ({ isFiltered }) =>
  isFiltered
    ? html`<${EmptyState} title="No matching changes" text="Choose all actions or all tasks to see more." />`
    : html`<${EmptyState} title="No changes yet" text="Every change to a task is recorded here permanently." />`;

/** @param {Set<number>} all @param {number} one */
const without = (all, one) => new Set([...all].filter((each) => each !== one));

/** @param {Row} row */
const keyOf = (row) => row.key;

const heightOf = () => null;

/** Adds a heading before the entries of each day. @param {HistoryEntry[]} entries newest first @returns {Row[]} */
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
