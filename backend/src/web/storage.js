/** Storage that survives a reload, per tab or per browser. Falls back to memory where the browser denies access. */

export const tabStorage = storage("sessionStorage");
export const browserStorage = storage("localStorage");

/** @param {"sessionStorage" | "localStorage"} place */
function storage(place) {
  const memory = new Map();
  return {
    /** @param {string} name @returns {string | null} */
    get: (name) => withFallback(() => globalThis[place].getItem(name), () => null) ?? memory.get(name) ?? null,
    /** @param {string} name @param {string} value */
    set: (name, value) => withFallback(() => globalThis[place].setItem(name, value), () => memory.set(name, value)),
    /** @param {string} name */
    remove: (name) => withFallback(() => globalThis[place].removeItem(name), () => memory.delete(name)),
  };
}

/** Even reading the property may throw. @param {() => any} use @param {() => any} fallback */
function withFallback(use, fallback) {
  try {
    return use();
  } catch {
    return fallback();
  }
}
