/** A field with its label and what is wrong with it. */

import { mayTakeFocus } from "../focus.js";
import { html, useLayoutEffect, useRef } from "../html.js";

/**
 * @param {{id: string, label: string, value: string, fault?: string, lines?: boolean, hidden?: boolean,
 *   placeholder?: string, focus?: boolean, onType: (text: string) => void}} props `hidden` hides the label from view
 */
export function Field({ id, label, value, fault, lines, hidden, placeholder, focus, onType }) {
  const field = useRef(null);
  useLayoutEffect(() => focus && field.current.focus(), []);
  useLayoutEffect(() => fault && mayTakeFocus(field.current.form) && field.current.focus(), [fault]);
  useLayoutEffect(() => lines && fit(field.current), [value]);
  const shared = {
    id,
    ref: field,
    value,
    placeholder,
    dir: "auto",
    autocomplete: "off",
    "aria-invalid": fault ? "true" : undefined,
    "aria-describedby": fault ? `${id}-fault` : undefined,
    onInput: (/** @type {any} */ event) => onType(event.target.value),
  };
  return html`
    <div class="field">
      <label for=${id} class=${hidden ? "sr-only" : ""}>${label}</label>
      ${lines ? html`<textarea rows="2" ...${shared}></textarea>` : html`<input type="text" ...${shared} />`}
      ${fault && html`<p class="fault" id=${`${id}-fault`} role="alert">${`${label} ${fault}`}</p>`}
    </div>
  `;
}

/** Whether the key is the input method's, which writes with it; Safari says so by its number. @param {KeyboardEvent} event */
export const isComposing = ({ isComposing: isSaid, keyCode }) => isSaid || keyCode === 229;

/** As high as its text, within reason. @param {HTMLTextAreaElement} area */
function fit(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, innerHeight / 2)}px`;
}
