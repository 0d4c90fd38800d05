/** What stands where nothing is. */

import { html } from "../html.js";

/** @param {{title: string, text?: string, children?: any}} props */
export const Nothing = ({ title, text, children }) => html`
  <div class="nothing" role="status"><p class="nothing-title">${title}</p>${text && html`<p>${text}</p>`}${children}</div>
`;
