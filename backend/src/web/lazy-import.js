/**
 * Imports modules after the first view. A module and its dependencies are fetched before the import, since some browsers
 * cache a failed import until the page is reloaded.
 */

const FETCH_TIMEOUT = 20_000;

/** The server has a newer version of the page; the files of this one are gone. */
export class Outdated extends Error {}

/** @type {Map<string, Promise<string[]>>} the dependencies of each module that is loaded or loading, by URL; preloaded modules count as loaded */
const imports = new Map([...document.querySelectorAll("link[rel=modulepreload]")].map((link) => [link["href"], Promise.resolve([])]));

/** @param {string} path relative to this folder */
export async function importLazily(path) {
  const url = new URL(path, import.meta.url).href;
  await prefetch(url, new Set());
  return import(url);
}

/** Puts a module and its dependencies into the browser's cache. @param {string} url @param {Set<string>} visited */
async function prefetch(url, visited) {
  if (visited.has(url)) return;
  visited.add(url);
  if (!imports.has(url)) imports.set(url, importsOf(url));
  const imported = (await imports.get(url)) ?? [];
  await Promise.all(imported.map((each) => prefetch(each, visited)));
}

/** @param {string} url */
async function importsOf(url) {
  try {
    return importsIn(await textOf(url), url);
  } catch (error) {
    imports.delete(url);
    throw error;
  }
}

/** @param {string} url */
async function textOf(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT) });
  if (response.status === 404) throw new Outdated();
  if (!response.ok) throw new Error(response.statusText);
  return response.text();
}

/** @param {string} text @param {string} url */
const importsIn = (text, url) => [...text.matchAll(/\bfrom ?"(\.[^"]+)"/g)].map(([, path]) => new URL(path, url).href);
