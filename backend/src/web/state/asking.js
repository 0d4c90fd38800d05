/** Asks again when something has happened: one question at a time, so that no old answer comes after a new one. */

import { onEntries, onReturn } from "./sync.js";

const SOON = 200;
const EACH = 1_000; // many people may look, and a server counts what is asked
const AFTER_A_FAULT = 3_000;

/** Whether the same question may be answered later. @param {any} error */
const mayPass = ({ status }) => status === undefined || status === 429 || status >= 500;

/**
 * Asks now, at most once a second under steady writes, and anew after a fault or when the server is back. Gives what
 * ends it.
 *
 * @param {(signal: AbortSignal) => Promise<any>} ask @param {(answer: any) => void} taken @param {(error: any) => void} failed
 */
export function keepAsking(ask, taken, failed) {
  let round = new AbortController();
  let timer = 0;
  let asked = 0;
  let isUnderWay = false;
  const run = async () => {
    clearTimeout(timer);
    timer = 0;
    isUnderWay = true;
    asked = performance.now();
    const { signal } = round;
    const told = await ask(signal).then((answer) => () => taken(answer), (error) => () => fail(error));
    if (signal.aborted) return;
    isUnderWay = false;
    told();
  };
  const fail = (error) => {
    failed(error);
    if (!mayPass(error)) return;
    clearTimeout(timer);
    timer = 0;
    within(Math.max(AFTER_A_FAULT, (error.retryAfter ?? 0) * 1000));
  };
  const within = (wait) => (timer ||= setTimeout(() => (isUnderWay ? ((timer = 0), within(SOON)) : run()), wait));
  const soon = () => within(Math.max(SOON, asked + EACH - performance.now()));
  const again = () => {
    round.abort();
    round = new AbortController();
    run();
  };
  const ends = [onEntries(soon), onReturn(again), () => (clearTimeout(timer), round.abort())];
  run();
  return () => ends.forEach((end) => end());
}
