/** The form for a token: the server requires one, or the user wants to use another. */

import { token } from "../api/client.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { set } from "../state/store.js";

const SENDABLE = /^[\x21-\x7e]+$/;
const UNSENDABLE = "A token has only ASCII letters, digits and symbols. This one contains something else, perhaps invisible; copy it again.";

/** @param {string} value */
function use(value) {
  token.set(value);
  set({ tokenPrompt: null, isReadOnly: false });
  dispatchEvent(new Event("token-given"));
}

const close = () => set({ tokenPrompt: null });

/** @param {{message: string}} props the server's message; empty if the user opened the form */
export function TokenForm({ message }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [error, setError] = useState("");
  const shown = error || (token.get() ? message : "");
  useEffect(() => field.current?.focus(), [shown]);
  const submit = (event) => {
    event.preventDefault();
    const value = field.current.value.trim();
    if (SENDABLE.test(value)) use(value);
    else setError(UNSENDABLE);
  };
  return html`
    <form class="card token" onSubmit=${submit}>
      <h2>${message ? "This server requires a token" : "Use another token"}</h2>
      <p>Ask whoever runs the server for one. It is kept in this tab until you close it.</p>
      <label for="token">Token</label>
      <input id="token" ref=${field} name="token" type="password" autocomplete="off" required aria-invalid=${shown ? "true" : undefined} aria-describedby="token-error" onInput=${() => setError("")} />
      <p id="token-error" class="error" role="alert">${shown}</p>
      <div class="actions">
        <button class="button main">Open</button>
        ${!message && html`<button type="button" class="button" onClick=${close}>Keep the current one</button>`}
      </div>
    </form>
  `;
}
