/** What happened, the newest first: a timeline that grows at both ends. */

import { html, useLayoutEffect, useRef } from "../html.js";
import { go, hrefOf } from "../route.js";
import { usePast } from "../state/past.js";
import { useStore } from "../state/store.js";
import { Integrity } from "./integrity.js";
import { Timeline } from "./timeline.js";
import { Version } from "./version.js";

export const ACTIONS = {
  CREATED: "Created",
  UPDATED: "Edited",
  COMPLETED: "Completed",
  INCOMPLETED: "Reopened",
  DELETED: "Deleted",
  RESTORED: "Restored",
};

/** @param {{params: Record<string, string>}} props */
export function HistoryView({ params }) {
  const { task_id: task, action_type: action, version } = params;
  const { past, more, isBusy } = usePast(task, action);
  const lookBeyond = useOlder(past);
  const title = useStore((state) => state.tasks?.get(task)?.title) ?? past?.entries[0]?.task_title;
  const readOn = () => {
    lookBeyond();
    more();
  };
  return html`
    <${Integrity} />
    <${Filter} params=${params} title=${title} />
    ${past && html`<${Timeline} past=${past} params=${params} />`}
    ${past?.next && html`
      <div class="more-row"><button type="button" class="button" aria-disabled=${isBusy} onClick=${readOn}>Show older ones</button></div>
    `}
    ${task && version && html`<${Version} key=${`${task} ${version}`} id=${task} version=${Number(version)} params=${params} />`}
  `;
}

/** Moves on to the first of the older entries once they come, unless one has gone elsewhere. @param {import("../state/past.js").Past | null} past */
function useOlder(past) {
  const oldest = past?.entries[past.entries.length - 1]?.seq ?? 0;
  const from = useRef(0);
  useLayoutEffect(() => {
    const isOlder = oldest > 0 && oldest < from.current;
    if (isOlder && document.activeElement?.matches("body, .more-row *")) focusBefore(from.current);
    from.current = 0;
  }, [oldest]);
  return () => (from.current = oldest);
}

/** @param {number} seq */
function focusBefore(seq) {
  const entry = [...document.querySelectorAll(".entry")].find((each) => Number(each["dataset"].seq) < seq);
  /** @type {HTMLElement | null | undefined} */ (entry?.querySelector(".sentence"))?.focus();
}

/** @param {{params: Record<string, string>, title?: string}} props */
function Filter({ params, title }) {
  const { task_id, action_type } = params;
  const [choice, chip] = [useRef(null), useRef(null)];
  const shown = useRef(task_id);
  useLayoutEffect(() => {
    if (shown.current !== task_id) (chip.current ?? choice.current).focus(); // the link that led here goes
    shown.current = task_id;
  }, [task_id]);
  const choose = ({ target }) => go("history", { task_id, action_type: target.value });
  return html`
    <search class="filter">
      <div class="field inline">
        <label for="action">Action</label>
        <select id="action" ref=${choice} value=${action_type ?? ""} onChange=${choose}>
          <option value="">All</option>
          ${Object.entries(ACTIONS).map(([value, label]) => html`<option value=${value}>${label}</option>`)}
        </select>
      </div>
      ${task_id && html`
        <p class="chip" ref=${chip} tabindex="-1">
          <span>Only <b dir="auto">${title ?? "this task"}</b></span>
          <a href=${hrefOf("history", { action_type })}>Show all tasks</a>
        </p>
      `}
    </search>
  `;
}
