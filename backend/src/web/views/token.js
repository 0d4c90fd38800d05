/** Asks for the token where the server wants one. */

import { token } from "../api/client.js";
import { html, useEffect, useRef } from "../html.js";
import { set } from "../state/store.js";

/** @param {SubmitEvent} event */
function give(event) {
  event.preventDefault();
  const field = /** @type {HTMLFormElement} */ (event.target).elements.namedItem("token");
  token.set(/** @type {HTMLInputElement} */ (field).value.trim());
  set({ tokenAsked: null });
  dispatchEvent(new Event("token-given"));
}

/** @param {{sentence: string}} props */
export function TokenForm({ sentence }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => field.current?.focus(), []);
  return html`
    <form class="card token" onSubmit=${give}>
      <h2>This server asks for a token</h2>
      <p>Whoever runs it has one. It is kept in this tab until you close it.</p>
      <label for="token">Token</label>
      <input id="token" ref=${field} name="token" type="password" autocomplete="off" required aria-describedby="token-fault" />
      <p id="token-fault" class="fault">${token.get() ? sentence : ""}</p>
      <div class="actions"><button class="button main">Open</button></div>
    </form>
  `;
}
