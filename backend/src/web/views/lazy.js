/** Views that are loaded on demand, or when the browser is idle. */

import { html, useEffect, useState } from "../html.js";
import { importLazily, Outdated } from "../lazy-import.js";
import { onReconnect } from "../state/sync.js";
import { EmptyState } from "./empty-state.js";

/** @type {(() => Promise<any>)[]} */
const loaders = [];

/** @param {string} path of the module, relative to the page's folder @param {string} name of the exported view */
export function lazy(path, name) {
  /** @type {any} */
  let View = null;
  const load = async () => (View ??= (await importLazily(path))[name]);
  loaders.push(load);
  return (/** @type {object} */ props) => {
    const [Shown, setShown] = useState(() => View);
    const [error, setError] = useState(/** @type {Error | null} */ (null));
    const show = () => load().then(() => setShown(() => View), setError);
    useEffect(() => {
      if (Shown) return undefined;
      show();
      return onReconnect(show);
    }, []);
    if (Shown) return html`<${Shown} ...${props} />`;
    return error && html`<${LoadError} error=${error} retry=${show} />`;
  };
}

/** @param {{error: Error, retry: () => void}} props */
const LoadError = ({ error, retry }) =>
  error instanceof Outdated
    ? html`
        <${EmptyState} title="A newer version is available" text="Reload the page to open this view.">
          <button type="button" class="button" onClick=${() => location.reload()}>Reload</button>
        <//>
      `
    : html`
        <${EmptyState} title="This view could not be loaded" text="It will load once the server can be reached.">
          <button type="button" class="button" onClick=${retry}>Try again</button>
        <//>
      `;

/** Loads all views, so that they are available when the server is not. */
export const loadViews = () => Promise.allSettled(loaders.map((load) => load()));
