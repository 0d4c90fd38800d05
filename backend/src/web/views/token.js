/** Asks for the token where the server wants one, or where the person has another. */

import { token } from "../api/client.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { set } from "../state/store.js";

const SENDABLE = /^[\x21-\x7e]+$/;
const UNSENDABLE = "A token has only letters from A to Z, digits and signs. This one holds something else, maybe unseen; copy it anew.";

/** @param {string} value */
function use(value) {
  token.set(value);
  set({ tokenAsked: null, mayOnlyRead: false });
  dispatchEvent(new Event("token-given"));
}

const keepIt = () => set({ tokenAsked: null });

/** @param {{sentence: string}} props what the server says of the one that it was given; nothing where a person asked for the form */
export function TokenForm({ sentence }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [fault, setFault] = useState("");
  const told = fault || (token.get() ? sentence : "");
  useEffect(() => field.current?.focus(), [told]);
  const give = (event) => {
    event.preventDefault();
    const value = field.current.value.trim();
    if (SENDABLE.test(value)) use(value);
    else setFault(UNSENDABLE);
  };
  return html`
    <form class="card token" onSubmit=${give}>
      <h2>${sentence ? "This server asks for a token" : "Use another token"}</h2>
      <p>Whoever runs it has one. It is kept in this tab until you close it.</p>
      <label for="token">Token</label>
      <input id="token" ref=${field} name="token" type="password" autocomplete="off" required aria-invalid=${told ? "true" : undefined} aria-describedby="token-fault" onInput=${() => setFault("")} />
      <p id="token-fault" class="fault" role="alert">${told}</p>
      <div class="actions">
        <button class="button main">Open</button>
        ${!sentence && html`<button type="button" class="button" onClick=${keepIt}>Keep the present one</button>`}
      </div>
    </form>
  `;
}
