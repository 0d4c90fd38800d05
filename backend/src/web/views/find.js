/** Filters: search words, state, and a moment in the past. */

import { html, useEffect, useRef, useState } from "../html.js";
import { Icon } from "../icons.js";
import { currentRoute, go, hrefOf } from "../route.js";
import { isComposing } from "./field.js";

const STATES = { all: "All", active: "To do", completed: "Done" };
const DELAY = 200;

/** @param {{params: Record<string, string>}} props */
export function Find({ params }) {
  const [words, setWords] = useState(params.q ?? "");
  const timer = useRef(0);
  useEffect(() => setWords((before) => (before.trim() === (params.q ?? "") ? before : (params.q ?? ""))), [params.q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (q) => go("tasks", { ...currentRoute().params, q: q.trim() }, { replace: true });
  const type = ({ target: { value } }) => {
    setWords(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(search, DELAY, value);
  };
  const clear = (event) => event.key === "Escape" && !isComposing(event) && (clearTimeout(timer.current), setWords(""), search(""));
  return html`
    <search class="find">
      <div class="field with-icon">
        <label for="find" class="sr-only">Find tasks</label>
        <${Icon} name="search" />
        <input id="find" type="search" placeholder="Find" autocomplete="off" value=${words} onInput=${type} onKeyDown=${clear} />
      </div>
      <nav class="choices" aria-label="State">
        ${Object.entries(STATES).map(([status, label]) => {
          const href = hrefOf("tasks", { ...params, status: status === "all" ? undefined : status });
          return html`<a href=${href} aria-current=${(params.status ?? "all") === status ? "true" : undefined}>${label}</a>`;
        })}
      </nav>
      <a class="quiet" href=${hrefOf("tasks", { as_of: "now" })}><${Icon} name="clock" />As of …</a>
    </search>
  `;
}
