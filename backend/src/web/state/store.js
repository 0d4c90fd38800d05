/** What the page knows, in one place; views look at parts of it and are drawn anew when theirs changes. */

import { useEffect, useRef, useState } from "../html.js";

/**
 * @typedef {import("../api/calls.js").Task} Task
 * @typedef {{edit: number, id: string, base: Task, title: string, description: string, faults: Record<string, string>,
 *   sentence: string, busy: boolean, conflict: Task | null, gone: boolean}} Editing
 * @typedef {{title: string, description: string, open: boolean, busy: boolean, faults: Record<string, string>,
 *   sent: {title: string, description: string, key: string} | null}} Adding `sent` is what no answer came to yet
 */

let state = {
  /** @type {"starting" | "live" | "lost"} */
  connection: "starting",
  /** @type {string | null} what the server says of the token, while one is asked for; nothing where the person has another */
  tokenAsked: null,
  /** Whether a change was refused to the token. */
  mayOnlyRead: false,
  /** @type {Map<string, Task> | null} */
  tasks: null,
  /** The `seq` up to which `tasks` has everything. */
  seq: 0,
  /** @type {string | null} the id of that entry, by which one history is told from another */
  head: null,
  /** How often another history was found behind the same address. */
  resets: 0,
  /** @type {Editing | null} */
  editing: null,
  /** @type {Adding} */
  adding: { title: "", description: "", open: false, busy: false, faults: {}, sent: null },
  /** @type {Set<string>} ids of tasks of which a change is under way */
  busy: new Set(),
  /** Which quarter of an hour it is, since 1970. */
  quarter: 0,
  /** @type {string | null} why the first list could not be read */
  trouble: null,
};

/** @typedef {typeof state} State */

const listeners = new Set();

export const get = () => state;

/** @param {Partial<State>} part */
export function set(part) {
  state = { ...state, ...part };
  listeners.forEach((listener) => listener());
}

/** @param {() => void} listener */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** One part of the state. @template T @param {(state: State) => T} select @returns {T} */
export function useStore(select) {
  const [, draw] = useState({});
  const shown = useRef(/** @type {any} */ (null));
  shown.current = { select, value: select(state) };
  useEffect(() => {
    const look = () => shown.current.select(state) !== shown.current.value && draw({});
    look(); // it may have changed since it was drawn
    return subscribe(look);
  }, []);
  return shown.current.value;
}
