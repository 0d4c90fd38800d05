/** What happened, the newest first: a timeline that grows at both ends. */

import { getHistory, getMoreHistory } from "../api/calls.js";
import { counted, day } from "../format.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { go, hrefOf } from "../route.js";
import { showError } from "../popups.js";
import { useStore } from "../state/store.js";
import { onEntries, onReturn } from "../state/sync.js";
import { Entry } from "./entry.js";
import { Integrity } from "./integrity.js";
import { Nothing } from "./nothing.js";
import { Version } from "./version.js";

/** @typedef {import("../api/calls.js").Entry} HistoryEntry */
/** @typedef {{of: string, entries: HistoryEntry[], total: number, next: string | null, fault: string}} Past `of` says which entries fit */

export const ACTIONS = {
  CREATED: "Created",
  UPDATED: "Edited",
  COMPLETED: "Completed",
  INCOMPLETED: "Reopened",
  DELETED: "Deleted",
  RESTORED: "Restored",
};
const AT_ONCE = 20;

/** @param {{params: Record<string, string>}} props */
export function HistoryView({ params }) {
  const { task_id: task, action_type: action, version } = params;
  const { past, more, isBusy } = usePast(task, action);
  const title = useStore((state) => state.tasks?.get(task)?.title) ?? past?.entries[0]?.task_title;
  return html`
    <${Integrity} />
    <${Filter} params=${params} title=${title} />
    ${past && html`<${Timeline} past=${past} params=${params} />`}
    ${past && past.entries.length < past.total && html`
      <div class="more-row"><button type="button" class="button" aria-disabled=${isBusy} onClick=${more}>Show older ones</button></div>
    `}
    ${task && version && html`<${Version} key=${`${task} ${version}`} id=${task} version=${Number(version)} params=${params} />`}
  `;
}

/** The entries that fit, and what comes in while one looks. */
function usePast(task, action) {
  const [past, setPast] = useState(/** @type {Past | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const lookBeyond = useOlder(past);
  const query = { task_id: task, action_type: action, limit: AT_ONCE };
  const of = `${task} ${action}`;
  useEffect(() => {
    setPast(null);
    setBusy(false);
    return reading(query, of, setPast);
  }, [of]);

  const more = async () => {
    if (isBusy || !past) return;
    lookBeyond();
    setBusy(true);
    const answer = past.next ? getMoreHistory(past.next) : getHistory({ ...query, offset: past.entries.length });
    const add = (found) => setPast((before) => (before?.of === of ? append(before, pastOf(found, of)) : before));
    await answer.then(add, showError);
    setBusy(false);
  };
  return { past, more, isBusy };
}

/** Moves on to the first of the older entries once they come, unless one has gone elsewhere. @param {Past | null} past */
function useOlder(past) {
  const oldest = past?.entries[past.entries.length - 1]?.seq ?? 0;
  const from = useRef(0);
  useLayoutEffect(() => {
    const isOlder = oldest > 0 && oldest < from.current;
    if (isOlder && document.activeElement?.matches("body, .more-row *")) focusBefore(from.current);
    from.current = 0;
  }, [oldest]);
  return () => (from.current = oldest);
}

/** @param {number} seq */
function focusBefore(seq) {
  const entry = [...document.querySelectorAll(".entry")].find((each) => Number(each["dataset"].seq) < seq);
  /** @type {HTMLElement | null | undefined} */ (entry?.querySelector(".sentence"))?.focus();
}

/** The first page, asked for until it comes, and what comes in meanwhile and afterwards. Gives what ends it. */
function reading({ task_id: task, action_type: action, ...rest }, of, setPast) {
  let state = "asking";
  let early = /** @type {HistoryEntry[]} */ ([]);
  const taken = (answer) => {
    if (state !== "asking") return;
    state = "read";
    setPast(join(pastOf(answer, of), early));
  };
  const failed = (error) => {
    if (state !== "asking") return;
    state = "failed";
    setPast({ of, entries: [], total: 0, next: null, fault: error.message });
  };
  const ask = () => {
    state = "asking";
    early = [];
    getHistory({ task_id: task, action_type: action, ...rest }).then(taken, failed);
  };
  const hear = (entries) => {
    const fitting = entries.filter((entry) => (!task || entry.task_id === task) && (!action || entry.action_type === action));
    if (state === "failed") ask();
    else if (state === "asking") early.push(...fitting);
    else if (fitting.length) setPast((before) => before && join(before, fitting));
  };
  const ends = [onEntries(hear), onReturn(() => state === "failed" && ask()), () => (state = "ended")];
  ask();
  return () => ends.forEach((end) => end());
}

/** @returns {Past} */
const pastOf = ({ data, next }, of) => ({ of, entries: data.items, total: data.pagination.total_count, next, fault: "" });

/** With what has come in since. @param {Past} past @param {HistoryEntry[]} entries */
function join(past, entries) {
  const newest = past.entries[0]?.seq ?? 0;
  const fresh = entries.filter(({ seq }) => seq > newest).sort((one, other) => other.seq - one.seq);
  return { ...past, entries: [...fresh, ...past.entries], total: past.total + fresh.length, fault: "" };
}

/** @param {Past} past @param {Past} older */
function append(past, older) {
  const oldest = past.entries[past.entries.length - 1]?.seq ?? Infinity;
  return { ...past, next: older.next, entries: [...past.entries, ...older.entries.filter(({ seq }) => seq < oldest)] };
}

/** @param {{params: Record<string, string>, title?: string}} props */
function Filter({ params, title }) {
  const { task_id, action_type } = params;
  const [choice, chip] = [useRef(null), useRef(null)];
  const shown = useRef(task_id);
  useLayoutEffect(() => {
    if (shown.current !== task_id) (chip.current ?? choice.current).focus(); // the link that led here goes
    shown.current = task_id;
  }, [task_id]);
  const choose = ({ target }) => go("history", { task_id, action_type: target.value });
  return html`
    <search class="filter">
      <div class="field inline">
        <label for="action">Action</label>
        <select id="action" ref=${choice} value=${action_type ?? ""} onChange=${choose}>
          <option value="">All</option>
          ${Object.entries(ACTIONS).map(([value, label]) => html`<option value=${value}>${label}</option>`)}
        </select>
      </div>
      ${task_id && html`
        <p class="chip" ref=${chip} tabindex="-1">
          <span>Only <b dir="auto">${title ?? "this task"}</b></span>
          <a href=${hrefOf("history", { action_type })}>Show all tasks</a>
        </p>
      `}
    </search>
  `;
}

/** @param {{past: Past, params: Record<string, string>}} props */
function Timeline({ past, params }) {
  const tasks = useStore((state) => state.tasks);
  if (past.fault) return html`<${Nothing} title=${past.fault} />`;
  if (!past.entries.length) return html`<${Nothing} title="Nothing happened yet" text="Each change of a task leaves one entry here, for good." />`;
  return html`
    <p class="dim" role="status">${past.entries.length < past.total ? `The newest ${past.entries.length} of ${counted(past.total, "change")}` : counted(past.total, "change")}</p>
    ${daysOf(past.entries).map(
      ([title, entries]) => html`
        <section class="day" key=${title}>
          <h2>${title}</h2>
          <ol class="timeline">${entries.map((entry) => html`<${Entry} key=${entry.seq} entry=${entry} current=${tasks?.get(entry.task_id)} params=${params} />`)}</ol>
        </section>
      `,
    )}
  `;
}

/** @param {HistoryEntry[]} entries @returns {[string, HistoryEntry[]][]} */
function daysOf(entries) {
  const days = new Map();
  for (const entry of entries) {
    const title = day(entry.timestamp);
    days.set(title, [...(days.get(title) ?? []), entry]);
  }
  return [...days];
}
