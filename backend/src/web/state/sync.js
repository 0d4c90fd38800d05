/** Keeps the tasks in step with the server: the list once, then every entry; after a loss, from the last one on. */

import { getEntry } from "../api/calls.js";
import { pause } from "../api/client.js";
import { follow } from "../api/stream.js";
import { first, readAll } from "../early.js";
import { get, set, subscribe } from "./store.js";
import { takeAll, takeEntries } from "./tasks.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8_000;

const entryListeners = new Set();

/** Calls with each lot of new entries. @param {(entries: import("../api/calls.js").Entry[]) => void} listener */
export function onEntries(listener) {
  entryListeners.add(listener);
  return () => entryListeners.delete(listener);
}

/** Calls when the server is there again after it was lost. @param {() => void} listener */
export function onReturn(listener) {
  let before = get().connection;
  return subscribe(() => {
    const { connection } = get();
    const isBack = before === "lost" && connection === "live";
    before = connection;
    if (isBack) listener();
  });
}

/** Never returns. A browser grants few connections to one host, so a tab that nobody sees gives its own back. */
export async function keepInStep() {
  let wait = FIRST_PAUSE;
  for (;;) {
    await visible();
    const round = new AbortController();
    const hidden = () => document.hidden && round.abort();
    document.addEventListener("visibilitychange", hidden);
    try {
      if (get().tasks && !(await isOurs())) forget();
      if (!get().tasks) await loadAll();
      await listen(round.signal, () => (wait = FIRST_PAUSE));
    } catch (error) {
      if (error.status === 401) {
        await anotherToken(error.message);
        continue;
      }
      treat(error);
    } finally {
      document.removeEventListener("visibilitychange", hidden);
    }
    if (round.signal.aborted) continue;
    set({ connection: "lost" });
    await onlineOr(wait);
    wait = Math.min(wait * 2, LONGEST_PAUSE);
  }
}

/** Whether this is the history that we know: a database may have been set back, or exchanged for another. */
async function isOurs() {
  const { seq, head } = get();
  return !seq || (await getEntry(seq))?.history_id === head;
}

/** What is asked for again after a loss is asked for again. */
const forget = () => set({ tasks: null, resets: get().resets + 1, connection: "lost" });

/** @type {Promise<Parameters<typeof takeAll>[0]> | null} */
let early = first;

async function loadAll() {
  const reading = early ?? readAll();
  early = null;
  takeAll(await reading);
  set({ trouble: null, tokenAsked: null });
}

/** @param {AbortSignal} signal @param {() => void} opened */
function listen(signal, opened) {
  return follow(get().seq, {
    signal,
    entry: collect,
    opened: () => {
      opened();
      set({ connection: "live" });
    },
  });
}

/** @type {import("../api/calls.js").Entry[]} */
let waiting = [];

/** Entries that come together are taken together, or a flood of them would draw the page for each. @param {any} entry */
function collect(entry) {
  if (waiting.push(entry) > 1) return;
  setTimeout(() => {
    const entries = waiting;
    waiting = [];
    takeEntries(entries);
    entryListeners.forEach((listener) => listener(entries));
  });
}

/** @param {any} error */
function treat(error) {
  if (error.status === 400) forget(); // it has fewer entries than we know
  if (!get().tasks) set({ trouble: error.message });
}

/** @param {string} sentence */
function anotherToken(sentence) {
  set({ tokenAsked: sentence });
  return nextEvent("token-given");
}

/** @param {number} wait */
async function onlineOr(wait) {
  const over = new AbortController();
  await Promise.race([pause(wait), nextEvent("online", over.signal)]);
  over.abort();
}

/** @param {string} name @param {AbortSignal} [signal] ends the listening */
const nextEvent = (name, signal) => new Promise((resolve) => addEventListener(name, resolve, { once: true, signal }));

async function visible() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}
