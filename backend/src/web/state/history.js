/** The loaded part of the history: its newest entries, new ones as they arrive, and older ones page by page. */

import { getHistory, getMoreHistory } from "../api/calls.js";
import { useEffect, useState } from "../html.js";
import { showError } from "../popups.js";
import { useStore } from "./store.js";
import { onEntries, onReconnect } from "./sync.js";

/** @typedef {import("../api/calls.js").Entry} Entry */
/** @typedef {{of: string, entries: Entry[], total: number, next: string | null, error: string}} LoadedHistory `of` identifies the filter and the history */

const FIRST_PAGE_SIZE = 20;
const PAGE_SIZE = 100;

/** The entries that match the filter, and new ones as they arrive. @param {string} [task] @param {string} [action] */
export function useHistory(task, action) {
  const [history, setHistory] = useState(/** @type {LoadedHistory | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const query = { task_id: task, action_type: action };
  const resets = useStore((state) => state.resets);
  const of = `${task} ${action} ${resets}`;
  useEffect(() => {
    setHistory(null);
    setBusy(false);
    return loadAndFollow(query, of, setHistory);
  }, [of]);

  const more = async () => {
    const from = history?.next;
    if (isBusy || !from) return;
    setBusy(true);
    const isExpected = (before) => before?.of === of && before.next === from; // a fast second click asks for the same page
    const add = (found) => setHistory((before) => (isExpected(before) ? append(before, historyOf(found, of)) : before));
    await getMoreHistory(from, PAGE_SIZE).then(add, showError);
    setBusy(false);
  };
  return { history, more, isBusy };
}

/** Loads the first page, again after an error, and adds new entries as they arrive. Returns a function that stops it. */
function loadAndFollow(query, of, setHistory) {
  const { task_id: task, action_type: action } = query;
  let state = "loading";
  let arrived = /** @type {Entry[]} */ ([]);
  const onData = (response) => {
    if (state !== "loading") return;
    state = "loaded";
    setHistory(prepend(historyOf(response, of), arrived));
  };
  const onError = (error) => {
    if (state !== "loading") return;
    state = "failed";
    setHistory({ of, entries: [], total: 0, next: null, error: error.message });
  };
  const load = () => {
    state = "loading";
    arrived = [];
    getHistory({ ...query, limit: FIRST_PAGE_SIZE }).then(onData, onError);
  };
  const onNew = (entries) => {
    const matching = entries.filter((entry) => (!task || entry.task_id === task) && (!action || entry.action_type === action));
    if (state === "failed") load();
    else if (state === "loading") arrived.push(...matching);
    else if (matching.length) setHistory((before) => before && prepend(before, matching));
  };
  const stops = [onEntries(onNew), onReconnect(() => state === "failed" && load()), () => (state = "stopped")];
  load();
  return () => stops.forEach((stop) => stop());
}

/** @returns {LoadedHistory} */
const historyOf = ({ data, next }, of) => ({ of, entries: data.items, total: data.pagination.total_count, next, error: "" });

/** Adds entries that arrived since. @param {LoadedHistory} history @param {Entry[]} entries */
function prepend(history, entries) {
  const newest = history.entries[0]?.seq ?? 0;
  const fresh = entries.filter(({ seq }) => seq > newest).sort((one, other) => other.seq - one.seq);
  return { ...history, entries: [...fresh, ...history.entries], total: history.total + fresh.length, error: "" };
}

/** @param {LoadedHistory} history @param {LoadedHistory} older */
const append = (history, older) => ({ ...history, next: older.next, entries: [...history.entries, ...older.entries] });
