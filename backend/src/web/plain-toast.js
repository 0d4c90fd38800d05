/** A toast without the library, for when that could not be fetched: a sentence that is said, and a way to take back. */

import { html, render } from "./html.js";
import { inFront } from "./views/dialog.js";

const region = Object.assign(document.createElement("div"), { className: "plain-toast", role: "alert" });
document.body.append(region); // what is to be said is heard where the region was there before

let timer = 0;

/** @param {{titleText: string, text?: string, timer: number, showConfirmButton?: boolean, confirmButtonText?: string}} options as the library has them */
export function plainToast({ titleText, text, timer: within, showConfirmButton, confirmButtonText }) {
  if (region.parentElement !== inFront()) inFront().append(region);
  return new Promise((resolve) => {
    const close = (isConfirmed = false) => (hidePlainToast(), resolve({ isConfirmed }));
    const stay = () => clearTimeout(timer);
    const begin = () => (stay(), (timer = setTimeout(close, within)));
    const leave = () => isUsed(region) || begin();
    begin();
    render(
      html`
        <div onMouseEnter=${stay} onMouseLeave=${leave} onFocusIn=${stay} onFocusOut=${leave}>
          <p><b>${titleText}</b>${text && html`<span dir="auto">${text}</span>`}</p>
          ${showConfirmButton && html`<button type="button" class="button" onClick=${() => close(true)}>${confirmButtonText}</button>`}
        </div>
      `,
      region,
    );
  });
}

/** Whether somebody points at it, or is on it. @param {Element} toast */
export const isUsed = (toast) => toast.matches(":hover") || toast.contains(document.activeElement);

export function hidePlainToast() {
  clearTimeout(timer);
  render(null, region);
}
