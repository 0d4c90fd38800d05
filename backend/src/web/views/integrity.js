/** Shows whether the history is intact. The server recomputes the whole hash chain, so it is requested only once. */

import { verifyHistory } from "../api/calls.js";
import { counted } from "../format.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { Icon } from "../icons.js";
import { useStore } from "../state/store.js";
import { onReconnect } from "../state/sync.js";

/** @typedef {{valid: boolean, entries: number, head_seq: number, head_hash: string, first_invalid_seq: number | null}} Verdict */

/** @typedef {{resets: number, result: Promise<Verdict>}} Check */

/** The latest check that did not fail, kept while the page is open. @type {Check | null} */
let last = null;

/** @param {number} resets identifies the history @returns {Check} */
function startCheck(resets) {
  const own = { resets, result: verifyHistory().then(({ data }) => data) };
  own.result.catch(() => last === own && (last = null));
  return (last = own);
}

const INITIAL = { verdict: /** @type {Verdict | null} */ (null), error: "", isBusy: false };

/** The verdict on the current history. A failed check is repeated after a reconnect. */
function useVerdict() {
  const resets = useStore((state) => state.resets);
  const [shown, setShown] = useState(INITIAL);
  const current = useRef(/** @type {Check | null} */ (null));
  const show = (/** @type {Check} */ check) => {
    current.current = check;
    const update = (/** @type {Partial<typeof INITIAL>} */ part) => current.current === check && setShown({ ...INITIAL, ...part });
    setShown((before) => ({ ...before, isBusy: true }));
    check.result.then((verdict) => update({ verdict }), (error) => update({ error: error.message }));
  };
  useEffect(() => {
    show(last?.resets === resets ? last : startCheck(resets));
    return onReconnect(() => last ?? show(startCheck(resets)));
  }, [resets]);
  return { ...shown, verify: () => shown.isBusy || show(startCheck(resets)) };
}

export function Integrity() {
  const { verdict, error, isBusy, verify } = useVerdict();
  const unchecked = useStore((state) => (verdict?.valid ? state.seq - verdict.head_seq : 0));
  return html`
    <div class=${`integrity ${verdict && !verdict.valid ? "broken" : ""}`}>
      <${Icon} name=${verdict && !verdict.valid ? "alert" : "shield"} />
      <div>
        <p role="status">${isBusy ? "Checking every entry …" : error || (verdict && html`<${VerdictText} verdict=${verdict} />`)}</p>
        ${!isBusy && !error && unchecked > 0 && html`<p class="dim">${notChecked(unchecked)}</p>`}
      </div>
      <button type="button" class="quiet" aria-disabled=${isBusy} onClick=${verify}>Check again</button>
    </div>
  `;
}

/** @param {number} count */
const entries = (count) => counted(count, "entry", "entries");

/** @param {number} count */
const notChecked = (count) => `${counted(count, "newer entry", "newer entries")} not checked yet`;

/** @param {{verdict: Verdict}} props */
const VerdictText = ({ verdict }) =>
  verdict.valid
    ? html`<b>History is intact</b><span class="dim"> · ${entries(verdict.entries)} · head <code>${verdict.head_hash}</code></span>`
    : html`<b>History is not intact</b> from entry ${verdict.first_invalid_seq} on`;
