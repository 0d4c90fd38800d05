/** Repeats a request when tasks change. One request at a time, so that responses never arrive out of order. */

import { onEntries, onReconnect } from "./sync.js";

const DELAY = 200;
const MIN_INTERVAL = 1_000; // there may be many users, and the server has a rate limit
const ERROR_DELAY = 3_000;

/** Whether the same request may succeed later. @param {any} error */
const isTemporary = ({ status }) => status === undefined || status === 429 || status >= 500;

/**
 * Fetches now, after changes (at most once a second), after a temporary error, and after a reconnect. Returns a function
 * that stops it.
 *
 * @param {(signal: AbortSignal) => Promise<any>} request @param {(response: any) => void} onData @param {(error: any) => void} onError
 */
export function refetchOnChange(request, onData, onError) {
  let controller = new AbortController();
  let timer = 0;
  let startedAt = 0;
  let isRunning = false;
  const run = async () => {
    clearTimeout(timer);
    timer = 0;
    isRunning = true;
    startedAt = performance.now();
    const { signal } = controller;
    const notify = await request(signal).then((response) => () => onData(response), (error) => () => fail(error));
    if (signal.aborted) return;
    isRunning = false;
    notify();
  };
  const fail = (error) => {
    onError(error);
    if (!isTemporary(error)) return;
    clearTimeout(timer);
    timer = 0;
    schedule(Math.max(ERROR_DELAY, (error.retryAfter ?? 0) * 1000));
  };
  const schedule = (wait) => (timer ||= setTimeout(() => (isRunning ? ((timer = 0), schedule(DELAY)) : run()), wait));
  const refetchSoon = () => schedule(Math.max(DELAY, startedAt + MIN_INTERVAL - performance.now()));
  const restart = () => {
    controller.abort();
    controller = new AbortController();
    run();
  };
  const stops = [onEntries(refetchSoon), onReconnect(restart), () => (clearTimeout(timer), controller.abort())];
  run();
  return () => stops.forEach((stop) => stop());
}
