/** The figures of the current week, and a chart of its days. */

import { getDays, getWeek } from "../api/calls.js";
import { number } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { refetchOnChange } from "../state/refetch.js";
import { useQuarterHour } from "../state/clock.js";
import { Chart } from "./chart.js";
import { EmptyState } from "./empty-state.js";

const FIGURES = {
  tasks_created_this_week: "added this week",
  tasks_completed_this_week: "completed this week",
  total_incomplete: "to do",
  total_completed: "done",
  total_tasks: "total",
};

async function request() {
  const { data: week } = await getWeek();
  const { data: days } = await getDays(week.week_start.slice(0, 10), week.week_end.slice(0, 10));
  return { week, days };
}

export function WeekView() {
  const [week, setWeek] = useState(/** @type {any} */ (null));
  const [days, setDays] = useState(/** @type {any[]} */ ([]));
  const [error, setError] = useState("");
  const quarter = useQuarterHour();
  useEffect(() => {
    const onData = (found) => {
      setWeek(found.week);
      setDays(found.days);
      setError("");
    };
    return refetchOnChange(request, onData, (error) => setError(error.message));
  }, [quarter]);
  if (error && !week) return html`<${EmptyState} title=${error} />`;
  if (!week) return html`<div class="loading" role="status"><span class="sr-only">Loading figures …</span><i></i><i></i></div>`;
  return html`
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <p class="dim">${range(week)} (UTC)</p>
    <dl class="figures">
      ${Object.entries(FIGURES).map(([name, label]) => html`<div><dt>${label}</dt><dd>${number(week[name])}</dd></div>`)}
    </dl>
    <${Chart} days=${days} />
  `;
}

const DATE = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "long", timeZone: "UTC" });

/** @param {{week_start: string, week_end: string}} week */
const range = ({ week_start, week_end }) => DATE.formatRange(new Date(week_start), new Date(week_end));
