/** What is kept beyond a reload: for this tab, or in this browser. Where that is refused, while the page is open. */

export const ofTab = kept("sessionStorage");
export const ofBrowser = kept("localStorage");

/** @param {"sessionStorage" | "localStorage"} place */
function kept(place) {
  const memory = new Map();
  return {
    /** @param {string} name @returns {string | null} */
    get: (name) => orElse(() => globalThis[place].getItem(name), () => null) ?? memory.get(name) ?? null,
    /** @param {string} name @param {string} value */
    set: (name, value) => orElse(() => globalThis[place].setItem(name, value), () => memory.set(name, value)),
    /** @param {string} name */
    forget: (name) => orElse(() => globalThis[place].removeItem(name), () => memory.delete(name)),
  };
}

/** Even to name the place may be refused. @param {() => any} use @param {() => any} instead */
function orElse(use, instead) {
  try {
    return use();
  } catch {
    return instead();
  }
}
