/** The list of keyboard shortcuts, opened with `?`. */

import { html, useState } from "../html.js";
import { GROUPS, singleKeyShortcuts } from "../shortcuts.js";

export function Shortcuts() {
  const [on, setOn] = useState(singleKeyShortcuts.areOn);
  const change = (/** @type {any} */ event) => {
    singleKeyShortcuts.switch(event.target.checked);
    setOn(event.target.checked);
  };
  return html`
    <dialog class="shortcuts" aria-labelledby="shortcuts-title">
      <form method="dialog">
        <h2 id="shortcuts-title" tabindex="-1">Keyboard shortcuts</h2>
        <div class="shortcut-groups">${GROUPS.map((group) => html`<${Group} ...${group} />`)}</div>
        <label class="choice"><input type="checkbox" checked=${on} onChange=${change} />Enable keyboard shortcuts</label>
        <div class="actions"><button class="button">Close</button></div>
      </form>
    </dialog>
  `;
}

/** @param {typeof GROUPS[0]} props */
const Group = ({ title, shortcuts }) => html`
  <section>
    <h3>${title}</h3>
    <dl>
      ${shortcuts.map(
        ({ keys, label }) => html`
          <div><dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${label}</dd></div>
        `,
      )}
    </dl>
  </section>
`;
