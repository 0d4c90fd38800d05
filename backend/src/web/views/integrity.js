/** Whether the history is as it was written: the server recomputes its whole chain of hashes, so it is asked once. */

import { verifyHistory } from "../api/calls.js";
import { counted } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { Icon } from "../icons.js";

/** @typedef {{valid: boolean, entries: number, head_hash: string, first_invalid_seq: number | null}} Verdict */

/** Kept while the page is open. @type {Verdict | null} */
let known = null;

export function Integrity() {
  const [verdict, setVerdict] = useState(known);
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const verify = async () => {
    if (isBusy) return;
    setBusy(true);
    setFault("");
    await verifyHistory().then(({ data }) => setVerdict((known = data)), (error) => setFault(error.message));
    setBusy(false);
  };
  useEffect(() => void (known ?? verify()), []);
  return html`
    <div class=${`integrity ${verdict && !verdict.valid ? "broken" : ""}`}>
      <${Icon} name=${verdict && !verdict.valid ? "alert" : "shield"} />
      <div role="status">${isBusy ? "Checking every entry …" : fault || (verdict && html`<${Words} verdict=${verdict} />`)}</div>
      <button type="button" class="quiet" aria-disabled=${isBusy} onClick=${verify}>Check again</button>
    </div>
  `;
}

/** @param {{verdict: Verdict}} props */
const Words = ({ verdict }) =>
  verdict.valid
    ? html`<b>History is intact</b><span class="dim"> · ${counted(verdict.entries, "entry").replace("entrys", "entries")} · head <code>${verdict.head_hash}</code></span>`
    : html`<b>History is not intact</b> from entry ${verdict.first_invalid_seq} on`;
