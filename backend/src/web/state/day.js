/** What day it is, for what names days: in every zone they begin with a quarter of an hour. */

import { get, set, useStore } from "./store.js";

const QUARTER = 15 * 60_000;
const EACH = 10_000; // a computer may have slept

export function keepTime() {
  const look = () => {
    const quarter = Math.floor(Date.now() / QUARTER);
    if (get().quarter !== quarter) set({ quarter });
  };
  look();
  setInterval(look, EACH);
}

/** Draws anew when another day may have begun. */
export const useQuarter = () => useStore((state) => state.quarter);
