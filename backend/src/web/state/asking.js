/** Asks again when something has happened: one question at a time, so that no old answer comes after a new one. */

import { onEntries, onReturn } from "./sync.js";

const EACH = 200;

/**
 * Asks now, at most once each while under steady writes, and anew when the server is back. Gives what ends it.
 *
 * @param {(signal: AbortSignal) => Promise<void>} ask after an abort it changes nothing, and it never throws
 */
export function keepAsking(ask) {
  let round = new AbortController();
  let timer = 0;
  let isUnderWay = false;
  const run = async () => {
    clearTimeout(timer);
    timer = 0;
    isUnderWay = true;
    const { signal } = round;
    await ask(signal);
    if (!signal.aborted) isUnderWay = false;
  };
  const soon = () => (timer ||= setTimeout(() => (isUnderWay ? ((timer = 0), soon()) : run()), EACH));
  const again = () => {
    round.abort();
    round = new AbortController();
    run();
  };
  const ends = [onEntries(soon), onReturn(again), () => (clearTimeout(timer), round.abort())];
  run();
  return () => ends.forEach((end) => end());
}
