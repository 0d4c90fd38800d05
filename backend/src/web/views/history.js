/** The history, newest first. New entries arrive at the top, older ones are loaded at the bottom. */

import { html, useLayoutEffect, useRef } from "../html.js";
import { go, hrefOf } from "../route.js";
import { useHistory } from "../state/history.js";
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
  ERASED: "Erased",
};

/** @param {{params: Record<string, string>}} props */
export function HistoryView({ params }) {
  const { task_id: task, action_type: action, version } = params;
  const { history, more, isBusy } = useHistory(task, action);
  const rememberOldest = useFocusOnOlder(history);
  const title = useStore((state) => state.tasks?.get(task)?.title) ?? history?.entries[0]?.task_title;
  const showOlder = () => {
    rememberOldest();
    more();
  };
  return html`
    <${Integrity} />
    <${Filter} params=${params} title=${title} />
    ${history && html`<${Timeline} history=${history} params=${params} />`}
    ${history?.next && html`
      <div class="more-row"><button type="button" class="button" aria-disabled=${isBusy} onClick=${showOlder}>Show older</button></div>
    `}
    ${task && version && html`<${Version} key=${`${task} ${version}`} id=${task} version=${Number(version)} params=${params} />`}
  `;
}

/** Focuses the first of the older entries once they are loaded, unless the user has moved elsewhere. @param {import("../state/history.js").LoadedHistory | null} history */
function useFocusOnOlder(history) {
  const oldest = history?.entries[history.entries.length - 1]?.seq ?? 0;
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
    if (shown.current !== task_id) (chip.current ?? choice.current).focus(); // the link that was clicked is removed
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
