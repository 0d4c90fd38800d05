/** Times and words as people read them, in their own language's form and their own zone. */

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
/** When its day began for the person, written so that later moments sort after it. @param {string} moment */
export const startOfDay = (moment) => new Date(new Date(moment).setHours(0, 0, 0, 0)).toISOString().slice(0, 19);
/** @param {number} value */
export const number = (value) => NUMBER.format(value);

/** `1 task`, `2 tasks`. @param {number} count @param {string} noun @param {string} [nouns] */
export const counted = (count, noun, nouns = `${noun}s`) => `${number(count)} ${count === 1 ? noun : nouns}`;

/** As short as it is clear: the clock today, the day this year. @param {string} moment */
export function brief(moment) {
  const then = new Date(moment);
  const now = new Date();
  if (then.toDateString() === now.toDateString()) return CLOCK.format(then);
  return (then.getFullYear() === now.getFullYear() ? SHORT_DAY : SHORT_DAY_AND_YEAR).format(then);
}

/** Whether it is a moment whose year has four digits in every zone, as the API and its fields write them. @param {string} text */
export const isMoment = (text) => Date.parse(text) >= Date.parse("0001-01-02") && Date.parse(text) < Date.parse("9999-12-31");

/** For `datetime-local`, which knows no zone: the person's own. @param {string | number | Date} moment */
export function toLocalInput(moment) {
  const then = new Date(moment);
  return new Date(then.getTime() - then.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
