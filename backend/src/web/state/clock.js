/** The current quarter of an hour, for views that show days: in every time zone, days begin at one. */

import { get, set, useStore } from "./store.js";

const QUARTER = 15 * 60_000;
const INTERVAL = 10_000; // short, since the computer may have slept

export function startClock() {
  const update = () => {
    const quarter = Math.floor(Date.now() / QUARTER);
    if (get().quarter !== quarter) set({ quarter });
  };
  update();
  setInterval(update, INTERVAL);
}

/** Renders again when a new day may have begun. */
export const useQuarterHour = () => useStore((state) => state.quarter);
