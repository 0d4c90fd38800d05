/** Views that are not the first one come when they are asked for, or when nothing else is to do. */

import { html, useEffect, useState } from "../html.js";
import { importLate, Outdated } from "../late.js";
import { onReturn } from "../state/sync.js";
import { Nothing } from "./nothing.js";

/** @type {(() => Promise<any>)[]} */
const fetches = [];

/** @param {string} place the module's, below the page's folder @param {string} name the view's in it */
export function lazy(place, name) {
  /** @type {any} */
  let View = null;
  const come = async () => (View ??= (await importLate(place))[name]);
  fetches.push(come);
  return (/** @type {object} */ props) => {
    const [Shown, setShown] = useState(() => View);
    const [error, setError] = useState(/** @type {Error | null} */ (null));
    const ask = () => come().then(() => setShown(() => View), setError);
    useEffect(() => {
      if (Shown) return undefined;
      ask();
      return onReturn(ask);
    }, []);
    if (Shown) return html`<${Shown} ...${props} />`;
    return error && html`<${Missing} error=${error} ask=${ask} />`;
  };
}

/** @param {{error: Error, ask: () => void}} props */
const Missing = ({ error, ask }) =>
  error instanceof Outdated
    ? html`
        <${Nothing} title="The server has a newer page" text="This view is no longer there as it was.">
          <button type="button" class="button" onClick=${() => location.reload()}>Load it</button>
        <//>
      `
    : html`
        <${Nothing} title="This view could not be fetched" text="It comes when the server can be reached.">
          <button type="button" class="button" onClick=${ask}>Try again</button>
        <//>
      `;

/** All that may be wanted later, so that it is there when the server is not. */
export const fetchTheRest = () => Promise.allSettled(fetches.map((come) => come()));
