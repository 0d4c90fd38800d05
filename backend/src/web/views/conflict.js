/** Two texts of one field, side by side, for the person to choose from. */

import { time } from "../format.js";
import { html, useEffect, useRef } from "../html.js";
import { disputed } from "../state/editing.js";

const LABELS = { title: "Title", description: "Description" };

/** @param {{editing: import("../state/store.js").Editing, current: import("../api/calls.js").Task}} props */
export function Conflict({ editing, current }) {
  const heading = useRef(null);
  useEffect(() => heading.current.focus(), []);
  return html`
    <section class="conflict">
      <h3 ref=${heading} tabindex="-1">Somebody was faster</h3>
      <p>This task was changed while you were editing it, ${time(current.updated_at)}. Which text shall stand?</p>
      ${disputed(editing, editing.base, current).map(
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
