/** The current week's figures, and what was added and completed on each of its days. */

import { getDays, getWeek } from "../api/calls.js";
import { number } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { keepAsking } from "../state/asking.js";
import { useQuarter } from "../state/day.js";
import { Chart } from "./chart.js";
import { Nothing } from "./nothing.js";

const FIGURES = {
  tasks_created_this_week: "added this week",
  tasks_completed_this_week: "completed this week",
  total_incomplete: "to do",
  total_completed: "done",
  total_tasks: "in all",
};

async function ask() {
  const { data: week } = await getWeek();
  const { data: days } = await getDays(week.week_start.slice(0, 10), week.week_end.slice(0, 10));
  return { week, days };
}

export function WeekView() {
  const [week, setWeek] = useState(/** @type {any} */ (null));
  const [days, setDays] = useState(/** @type {any[]} */ ([]));
  const [fault, setFault] = useState("");
  const quarter = useQuarter();
  useEffect(() => {
    const taken = (found) => {
      setWeek(found.week);
      setDays(found.days);
      setFault("");
    };
    return keepAsking(ask, taken, (error) => setFault(error.message));
  }, [quarter]);
  if (fault && !week) return html`<${Nothing} title=${fault} />`;
  if (!week) return html`<div class="loading" role="status"><span class="sr-only">Reading the figures …</span><i></i><i></i></div>`;
  return html`
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}
    <p class="dim">${range(week)}, days of UTC</p>
    <dl class="figures">
      ${Object.entries(FIGURES).map(([name, label]) => html`<div><dt>${label}</dt><dd>${number(week[name])}</dd></div>`)}
    </dl>
    <${Chart} days=${days} />
  `;
}

const DATE = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "long", timeZone: "UTC" });

/** @param {{week_start: string, week_end: string}} week */
const range = ({ week_start, week_end }) => DATE.formatRange(new Date(week_start), new Date(week_end));
