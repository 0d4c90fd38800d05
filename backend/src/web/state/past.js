/** The history as far as it has been read: its newest entries, those that come in, and older ones page by page. */

import { getHistory, getMoreHistory } from "../api/calls.js";
import { useEffect, useState } from "../html.js";
import { showError } from "../popups.js";
import { useStore } from "./store.js";
import { onEntries, onReturn } from "./sync.js";

/** @typedef {import("../api/calls.js").Entry} Entry */
/** @typedef {{of: string, entries: Entry[], total: number, next: string | null, fault: string}} Past `of` says which entries fit, and of which history */

const AT_FIRST = 20;
const AT_ONCE = 100;

/** The entries that fit, and what comes in while one looks. @param {string} [task] @param {string} [action] */
export function usePast(task, action) {
  const [past, setPast] = useState(/** @type {Past | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const query = { task_id: task, action_type: action };
  const resets = useStore((state) => state.resets);
  const of = `${task} ${action} ${resets}`;
  useEffect(() => {
    setPast(null);
    setBusy(false);
    return reading(query, of, setPast);
  }, [of]);

  const more = async () => {
    if (isBusy || !past?.next) return;
    setBusy(true);
    const add = (found) => setPast((before) => (before?.of === of ? append(before, pastOf(found, of)) : before));
    await getMoreHistory(past.next, AT_ONCE).then(add, showError);
    setBusy(false);
  };
  return { past, more, isBusy };
}

/** The first page, asked for until it comes, and what comes in meanwhile and afterwards. Gives what ends it. */
function reading(query, of, setPast) {
  const { task_id: task, action_type: action } = query;
  let state = "asking";
  let early = /** @type {Entry[]} */ ([]);
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
    getHistory({ ...query, limit: AT_FIRST }).then(taken, failed);
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

/** With what has come in since. @param {Past} past @param {Entry[]} entries */
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
