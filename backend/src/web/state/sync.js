/** Synchronizes tasks with the server: loads the list once, then follows the event stream and resumes it after a disconnect. */

import { getEntry } from "../api/calls.js";
import { sleep } from "../api/client.js";
import { follow } from "../api/stream.js";
import { firstRead, readTasks } from "../prefetch.js";
import { get, set, subscribe } from "./store.js";
import { replaceTasks, applyEntries } from "./tasks.js";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 8_000;

const entryListeners = new Set();

/** Calls the listener with each batch of new entries. @param {(entries: import("../api/calls.js").Entry[]) => void} listener */
export function onEntries(listener) {
  entryListeners.add(listener);
  return () => entryListeners.delete(listener);
}

/** Calls the listener when the connection is restored. @param {() => void} listener */
export function onReconnect(listener) {
  let previous = get().connection;
  return subscribe(() => {
    const { connection } = get();
    const isBack = previous === "lost" && connection === "live";
    previous = connection;
    if (isBack) listener();
  });
}

/** Runs forever. Browsers limit the connections to a host, so a hidden tab closes its stream. */
export async function synchronize() {
  let delay = FIRST_DELAY;
  for (;;) {
    await whenVisible();
    const attempt = new AbortController();
    const hidden = () => document.hidden && attempt.abort();
    document.addEventListener("visibilitychange", hidden);
    try {
      if (get().tasks && !(await isSameHistory())) reset();
      if (!get().tasks) await loadAll();
      await listen(attempt.signal, () => (delay = FIRST_DELAY));
    } catch (error) {
      if (error.status === 401) {
        await waitForToken(error.message);
        continue;
      }
      handle(error);
    } finally {
      document.removeEventListener("visibilitychange", hidden);
    }
    if (attempt.signal.aborted) continue;
    set({ connection: "lost" });
    await waitOrOnline(delay);
    delay = Math.min(delay * 2, LONGEST_DELAY);
  }
}

/** Whether the server still has the history we know: its database may have been restored from a backup or replaced. */
async function isSameHistory() {
  const { seq, head } = get();
  return !seq || (await getEntry(seq))?.history_id === head;
}

/** Counts as a lost connection, so that everything is loaded again. */
const reset = () => set({ tasks: null, resets: get().resets + 1, connection: "lost" });

/** @type {Promise<Parameters<typeof replaceTasks>[0]> | null} */
let prefetched = firstRead;

async function loadAll() {
  const reading = prefetched ?? readTasks();
  prefetched = null;
  replaceTasks(await reading);
  set({ loadError: null, tokenPrompt: null });
}

/** @param {AbortSignal} signal @param {() => void} opened */
function listen(signal, opened) {
  return follow(get().seq, {
    signal,
    entry: enqueue,
    opened: () => {
      opened();
      set({ connection: "live" });
    },
  });
}

/** @type {import("../api/calls.js").Entry[]} */
let pending = [];

/** Applies entries in batches, so that a burst does not render the page for each one. @param {any} entry */
function enqueue(entry) {
  if (pending.push(entry) > 1) return;
  setTimeout(() => {
    const entries = pending;
    pending = [];
    applyEntries(entries);
    entryListeners.forEach((listener) => listener(entries));
  });
}

/** @param {any} error */
function handle(error) {
  if (error.status === 400) reset(); // the server has fewer entries than we know
  if (!get().tasks) set({ loadError: error.message });
}

/** @param {string} message */
function waitForToken(message) {
  set({ tokenPrompt: message });
  return nextEvent("token-given");
}

/** @param {number} delay */
async function waitOrOnline(delay) {
  const controller = new AbortController();
  await Promise.race([sleep(delay), nextEvent("online", controller.signal)]);
  controller.abort();
}

/** @param {string} name @param {AbortSignal} [signal] removes the listener */
const nextEvent = (name, signal) => new Promise((resolve) => addEventListener(name, resolve, { once: true, signal }));

async function whenVisible() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}
