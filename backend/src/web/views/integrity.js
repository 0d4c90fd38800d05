/** Whether the history is as it was written: the server recomputes its whole chain of hashes, so it is asked once. */

import { verifyHistory } from "../api/calls.js";
import { counted } from "../format.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { Icon } from "../icons.js";
import { useStore } from "../state/store.js";
import { onReturn } from "../state/sync.js";

/** @typedef {{valid: boolean, entries: number, head_seq: number, head_hash: string, first_invalid_seq: number | null}} Verdict */

/** @typedef {{resets: number, answer: Promise<Verdict>}} Check */

/** The last one that did not fail, for as long as the page is open. @type {Check | null} */
let last = null;

/** @param {number} resets which history it is of @returns {Check} */
function begin(resets) {
  const own = { resets, answer: verifyHistory().then(({ data }) => data) };
  own.answer.catch(() => last === own && (last = null));
  return (last = own);
}

const NOTHING = { verdict: /** @type {Verdict | null} */ (null), fault: "", isBusy: false };

/** Of the history that is there now; what could not be checked is checked when the server is back. */
function useVerdict() {
  const resets = useStore((state) => state.resets);
  const [shown, setShown] = useState(NOTHING);
  const awaited = useRef(/** @type {Check | null} */ (null));
  const show = (/** @type {Check} */ check) => {
    awaited.current = check;
    const tell = (/** @type {Partial<typeof NOTHING>} */ part) => awaited.current === check && setShown({ ...NOTHING, ...part });
    setShown((before) => ({ ...before, isBusy: true }));
    check.answer.then((verdict) => tell({ verdict }), (error) => tell({ fault: error.message }));
  };
  useEffect(() => {
    show(last?.resets === resets ? last : begin(resets));
    return onReturn(() => last ?? show(begin(resets)));
  }, [resets]);
  return { ...shown, verify: () => shown.isBusy || show(begin(resets)) };
}

export function Integrity() {
  const { verdict, fault, isBusy, verify } = useVerdict();
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
