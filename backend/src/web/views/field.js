/** A form field with its label and error message. */

import { mayMoveFocus } from "../focus.js";
import { html, useLayoutEffect, useRef } from "../html.js";

/**
 * @param {{id: string, label: string, value: string, error?: string, lines?: boolean, hidden?: boolean,
 *   placeholder?: string, focus?: boolean, onType: (text: string) => void}} props `hidden` hides the label from view
 */
export function Field({ id, label, value, error, lines, hidden, placeholder, focus, onType }) {
  const field = useRef(null);
  useLayoutEffect(() => focus && field.current.focus(), []);
  useLayoutEffect(() => error && mayMoveFocus(field.current.form) && field.current.focus(), [error]);
  useLayoutEffect(() => lines && fit(field.current), [value]);
  const shared = {
    id,
    ref: field,
    value,
    placeholder,
    dir: "auto",
    autocomplete: "off",
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": error ? `${id}-error` : undefined,
    onInput: (/** @type {any} */ event) => onType(event.target.value),
  };
  return html`
    <div class="field">
      <label for=${id} class=${hidden ? "sr-only" : ""}>${label}</label>
      ${lines ? html`<textarea rows="2" ...${shared}></textarea>` : html`<input type="text" ...${shared} />`}
      ${error && html`<p class="error" id=${`${id}-error`} role="alert">${`${label} ${error}`}</p>`}
    </div>
  `;
}

/** Whether the key event belongs to an input method; Safari reports that by key code 229. @param {KeyboardEvent} event */
export const isComposing = ({ isComposing: isFlagged, keyCode }) => isFlagged || keyCode === 229;

/** Fits the height to the text, up to half the window. @param {HTMLTextAreaElement} area */
function fit(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, innerHeight / 2)}px`;
}
