/** The state of the page. A view selects a part of it and renders again when that part changes. */

import { useEffect, useRef, useState } from "../html.js";

/**
 * @typedef {import("../api/calls.js").Task} Task
 * @typedef {{edit: number, id: string, base: Task, title: string, description: string, errors: Record<string, string>,
 *   message: string, busy: boolean, conflict: Task | null, gone: boolean}} Editing
 * @typedef {{title: string, description: string, open: boolean, busy: boolean, errors: Record<string, string>,
 *   sent: {title: string, description: string, key: string} | null}} NewTask `sent` is an attempt that got no response yet
 */

let state = {
  /** @type {"starting" | "live" | "lost"} */
  connection: "starting",
  /** @type {string | null} the server's message while a token is asked for; empty if the user wants to enter another one */
  tokenPrompt: null,
  /** Whether a write was refused because the token is read-only. */
  isReadOnly: false,
  /** @type {Map<string, Task> | null} */
  tasks: null,
  /** The `seq` of the last entry applied to `tasks`. */
  seq: 0,
  /** @type {string | null} the id of that entry, which identifies the history */
  head: null,
  /** How often the server turned out to have another history. */
  resets: 0,
  /** @type {Editing | null} */
  editing: null,
  /** @type {NewTask} */
  newTask: { title: "", description: "", open: false, busy: false, errors: {}, sent: null },
  /** @type {Set<string>} ids of tasks with a write in progress */
  busy: new Set(),
  /** The number of quarter hours since 1970. */
  quarter: 0,
  /** @type {string | null} why the list could not be loaded */
  loadError: null,
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
  const [, render] = useState({});
  const shown = useRef(/** @type {any} */ (null));
  shown.current = { select, value: select(state) };
  useEffect(() => {
    const check = () => shown.current.select(state) !== shown.current.value && render({});
    check(); // it may have changed since it was rendered
    return subscribe(check);
  }, []);
  return shown.current.value;
}
