/** Whether the history is as it was written: the server recomputes its whole chain of hashes, so it is asked once. */

import { verifyHistory } from "../api/calls.js";
import { counted } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { Icon } from "../icons.js";
import { useStore } from "../state/store.js";

/** @typedef {{valid: boolean, entries: number, head_seq: number, head_hash: string, first_invalid_seq: number | null}} Verdict */

/** Kept while the page is open, and the history is the same. @type {{resets: number, verdict: Verdict} | null} */
let known = null;

export function Integrity() {
  const resets = useStore((state) => state.resets);
  const [verdict, setVerdict] = useState(/** @type {Verdict | null} */ (null));
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const keep = (/** @type {Verdict} */ found) => {
    known = { resets, verdict: found };
    setVerdict(found);
  };
  const verify = async () => {
    if (isBusy) return;
    setBusy(true);
    setFault("");
    await verifyHistory().then(({ data }) => keep(data), (error) => setFault(error.message));
    setBusy(false);
  };
  useEffect(() => void (known?.resets === resets ? setVerdict(known.verdict) : verify()), [resets]);
  const since = useStore((state) => (verdict?.valid ? state.seq - verdict.head_seq : 0));
  return html`
    <div class=${`integrity ${verdict && !verdict.valid ? "broken" : ""}`}>
      <${Icon} name=${verdict && !verdict.valid ? "alert" : "shield"} />
      <div>
        <p role="status">${isBusy ? "Checking every entry …" : fault || (verdict && html`<${Words} verdict=${verdict} />`)}</p>
        ${!isBusy && !fault && since > 0 && html`<p class="dim">${came(since)}</p>`}
      </div>
      <button type="button" class="quiet" aria-disabled=${isBusy} onClick=${verify}>Check again</button>
    </div>
  `;
}

/** @param {number} count */
const entries = (count) => counted(count, "entry", "entries");

/** @param {number} count */
const came = (count) => `${entries(count)} came since and ${count === 1 ? "is" : "are"} not checked`;

/** @param {{verdict: Verdict}} props */
const Words = ({ verdict }) =>
  verdict.valid
    ? html`<b>History is intact</b><span class="dim"> · ${entries(verdict.entries)} · head <code>${verdict.head_hash}</code></span>`
    : html`<b>History is not intact</b> from entry ${verdict.first_invalid_seq} on`;
