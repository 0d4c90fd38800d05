/** Formats times and numbers in the user's locale and time zone. */

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const SHORT_DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const NUMBER = new Intl.NumberFormat();

/** @param {string} moment */
export const time = (moment) => TIME.format(new Date(moment));
/** @param {string} moment */
export const clock = (moment) => CLOCK.format(new Date(moment));
/** @param {string} moment */
export const day = (moment) => DAY.format(new Date(moment));
/** The start of the local day in UTC, in a form that sorts with the API's timestamps. @param {string} moment */
export const startOfDay = (moment) => new Date(new Date(moment).setHours(0, 0, 0, 0)).toISOString().slice(0, 19);
/** @param {number} value */
export const number = (value) => NUMBER.format(value);

/** `1 task`, `2 tasks`. @param {number} count @param {string} noun @param {string} [nouns] */
export const counted = (count, noun, nouns = `${noun}s`) => `${number(count)} ${count === 1 ? noun : nouns}`;

/** The time for today, the day for this year, else the day and year. @param {string} moment */
export function brief(moment) {
  const then = new Date(moment);
  const now = new Date();
  if (then.toDateString() === now.toDateString()) return CLOCK.format(then);
  return (then.getFullYear() === now.getFullYear() ? SHORT_DAY : SHORT_DAY_AND_YEAR).format(then);
}

/** Whether it is a timestamp whose year has four digits in every time zone, as the API requires. @param {string} text */
export const isMoment = (text) => Date.parse(text) >= Date.parse("0001-01-02") && Date.parse(text) < Date.parse("9999-12-31");

/** The local time for `datetime-local`, which has no time zone. @param {string | number | Date} moment */
export function toLocalInput(moment) {
  const then = new Date(moment);
  return new Date(then.getTime() - then.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
