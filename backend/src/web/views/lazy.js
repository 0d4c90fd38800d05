/** Views that are not the first one come when they are asked for, or when nothing else is to do. */

import { html, useEffect, useState } from "../html.js";

/** @type {(() => Promise<any>)[]} */
const fetches = [];

/** @param {() => Promise<any>} fetchView */
export function lazy(fetchView) {
  /** @type {any} */
  let View = null;
  const come = async () => (View ??= await fetchView());
  fetches.push(come);
  return (/** @type {object} */ props) => {
    const [Shown, setShown] = useState(() => View);
    useEffect(() => void come().then(() => setShown(() => View)), []);
    return Shown && html`<${Shown} ...${props} />`;
  };
}

/** All that may be wanted later, so that it is there when the server is not. */
export const fetchTheRest = () => Promise.allSettled(fetches.map((come) => come()));
