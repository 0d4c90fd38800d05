/** The current view and its parameters. They are in the URL, for bookmarks, links and the back button. */

import { useLayoutEffect, useState } from "./html.js";

const VIEWS = ["tasks", "history", "week"];

/** @typedef {{view: string, params: Record<string, string>}} Route @returns {Route} */
export function currentRoute() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const view = VIEWS.includes(path) ? path : "tasks";
  return { view, params: Object.fromEntries(new URLSearchParams(query)) };
}

/** @param {string} view @param {Record<string, string | undefined>} [params] */
export function hrefOf(view, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value);
  return `#/${view}${given.length ? `?${new URLSearchParams(/** @type {any} */ (given))}` : ""}`;
}

/** @type {string | null} the selector of the element to focus after navigation */
let pendingFocus = null;

/** @returns {HTMLElement | null} */
export function takePendingFocus() {
  const selector = pendingFocus;
  pendingFocus = null;
  return selector === null ? null : document.querySelector(selector);
}

/** @param {string} view @param {Record<string, string | undefined>} [params] @param {{replace?: boolean, focus?: string}} [how] */
export function go(view, params, { replace = false, focus } = {}) {
  pendingFocus = focus ?? null;
  const href = hrefOf(view, params);
  if (!replace) return void (location.hash = href);
  history.replaceState(null, "", href);
  dispatchEvent(new Event("hashchange"));
}

/** @returns {Route} */
export function useRoute() {
  const [route, setRoute] = useState(currentRoute);
  // not after the next paint, or a change until then is missed
  useLayoutEffect(() => {
    const update = () => setRoute(currentRoute());
    addEventListener("hashchange", update);
    return () => removeEventListener("hashchange", update);
  }, []);
  return route;
}
