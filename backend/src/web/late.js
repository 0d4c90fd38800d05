/**
 * Modules that come after the first view. All that one needs is fetched before it is imported, since some browsers
 * remember an import that failed, of the module and of what it imports, for as long as the page is open.
 */

const FETCH_WITHIN = 20_000;

/** The server has another page by now: the files of this one are gone. */
export class Outdated extends Error {}

/** @type {Map<string, Promise<string[]>>} what is here or on its way, and what it imports; the first ones came with the page */
const here = new Map([...document.querySelectorAll("link[rel=modulepreload]")].map((link) => [link["href"], Promise.resolve([])]));

/** @param {string} place below this folder */
export async function importLate(place) {
  const url = new URL(place, import.meta.url).href;
  await bring(url, new Set());
  return import(url);
}

/** From here on the browser has it in its cache. @param {string} url @param {Set<string>} asked */
async function bring(url, asked) {
  if (asked.has(url)) return;
  asked.add(url);
  if (!here.has(url)) here.set(url, importsOf(url));
  const imported = (await here.get(url)) ?? [];
  await Promise.all(imported.map((each) => bring(each, asked)));
}

/** @param {string} url */
async function importsOf(url) {
  try {
    return importsIn(await textOf(url), url);
  } catch (error) {
    here.delete(url);
    throw error;
  }
}

/** @param {string} url */
async function textOf(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_WITHIN) });
  if (response.status === 404) throw new Outdated();
  if (!response.ok) throw new Error(response.statusText);
  return response.text();
}

/** @param {string} text @param {string} url */
const importsIn = (text, url) => [...text.matchAll(/\bfrom ?"(\.[^"]+)"/g)].map(([, place]) => new URL(place, url).href);
