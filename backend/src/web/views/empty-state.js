/** A message in place of an empty list. */

import { html } from "../html.js";

/** @param {{title: string, text?: string, children?: any}} props */
export const EmptyState = ({ title, text, children }) => html`
  <div class="empty-state" role="status"><p class="empty-state-title">${title}</p>${text && html`<p>${text}</p>`}${children}</div>
`;
