/** The fallback toast for when SweetAlert2 could not be loaded: a message and an undo button. */

import { html, render } from "./html.js";
import { topLayer } from "./views/dialog.js";

const region = Object.assign(document.createElement("div"), { className: "plain-toast", role: "alert" });
document.body.append(region); // a live region must exist before its text changes

let timer = 0;

/** @param {{titleText: string, text?: string, timer: number, showConfirmButton?: boolean, confirmButtonText?: string}} options as SweetAlert2 names them */
export function plainToast({ titleText, text, timer: duration, showConfirmButton, confirmButtonText }) {
  if (region.parentElement !== topLayer()) topLayer().append(region);
  return new Promise((resolve) => {
    const close = (isConfirmed = false) => (hidePlainToast(), resolve({ isConfirmed }));
    const stop = () => clearTimeout(timer);
    const start = () => (stop(), (timer = setTimeout(close, duration)));
    const resume = () => isInUse(region) || start();
    start();
    render(
      html`
        <div onMouseEnter=${stop} onMouseLeave=${resume} onFocusIn=${stop} onFocusOut=${resume}>
          <p><b>${titleText}</b>${text && html`<span dir="auto">${text}</span>`}</p>
          ${showConfirmButton && html`<button type="button" class="button" onClick=${() => close(true)}>${confirmButtonText}</button>`}
        </div>
      `,
      region,
    );
  });
}

/** Whether the pointer or the focus is on it. @param {Element} toast */
export const isInUse = (toast) => toast.matches(":hover") || toast.contains(document.activeElement);

export function hidePlainToast() {
  clearTimeout(timer);
  render(null, region);
}
