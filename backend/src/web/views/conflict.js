/** Shows both texts of each conflicting field side by side. */

import { time } from "../format.js";
import { html, useEffect, useRef } from "../html.js";
import { conflictingFields } from "../state/editing.js";

const LABELS = { title: "Title", description: "Description" };

/** @param {{editing: import("../state/store.js").Editing, current: import("../api/calls.js").Task}} props */
export function Conflict({ editing, current }) {
  const heading = useRef(null);
  useEffect(() => heading.current.focus(), []);
  return html`
    <section class="conflict">
      <h3 ref=${heading} tabindex="-1">Somebody else changed this task</h3>
      <p>It was changed while you were editing, ${time(current.updated_at)}. Which text do you want to keep?</p>
      ${conflictingFields(editing, editing.base, current).map(
        (field) => html`
          <div class="two">
            <div><h4>${LABELS[field]}, theirs</h4><p class="quote" dir="auto">${current[field] || "(empty)"}</p></div>
            <div><h4>${LABELS[field]}, yours</h4><p class="quote mine" dir="auto">${editing[field] || "(empty)"}</p></div>
          </div>
        `,
      )}
    </section>
  `;
}
