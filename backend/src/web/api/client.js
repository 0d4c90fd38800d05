/** The API over `fetch`: one envelope in, its data or an error out. Nothing here knows what a task is. */

import { ofTab } from "../storage.js";

/** Relative to the page, so that a proxy may serve both below a path of its own. */
export const API = new URL("api/v1", document.baseURI).href;

const TOKEN = `tasktrail-token of ${API}`; // another server may stand below the same origin
const RETRY_WITHIN = 30_000;
const LOOK_EACH = 400;
const LOOK_FOR = 5_000;
const WRITE_WITHIN = 20_000;
const READ_WITHIN = 120_000; // a long list over a slow line takes its time

/** The server answered, and refused. `fields` holds what it says of single fields, by their names. */
export class Refusal extends Error {
  /** @param {number} status @param {string} sentence @param {number} [retryAfter] */
  constructor(status, sentence, retryAfter = 0) {
    super(sentence);
    this.status = status;
    this.retryAfter = retryAfter;
    this.fields = fieldsOf(status, sentence);
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor() {
    super("The server can’t be reached. Please try again.");
    this.fields = {};
  }
}

/** @param {number} status @param {string} sentence */
function fieldsOf(status, sentence) {
  if (status !== 400) return {};
  const parts = sentence.split("; ").map((part) => /^(title|description|as_of): (.*)$/s.exec(part));
  return Object.fromEntries(parts.filter((part) => part !== null).map(([, field, fault]) => [field, fault]));
}

/** Kept for this tab alone, until it is closed. */
export const token = {
  get: () => ofTab.get(TOKEN),
  set: (/** @type {string} */ value) => ofTab.set(TOKEN, value),
};

/** @returns {Record<string, string>} */
export function authorization() {
  const value = token.get();
  return value ? { Authorization: `Bearer ${value}` } : {};
}

/** @param {string} path @param {Record<string, string | number | undefined | null>} [query] */
export function urlOf(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return `${API}${path}${given.length ? `?${search}` : ""}`;
}

/** One for each thing that a person does; `randomUUID` is missing where the page came over plain HTTP from elsewhere. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @typedef {{data: any, popup: string | null, etag: string | null, next: string | null}} Answer
 * @param {string} path @param {Record<string, any>} [query] @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export function read(path, query, signal) {
  return send(urlOf(path, query), { headers: authorization(), signal, cache: "no-cache" });
}

/** The page that an answer's `Link: rel="next"` leads to, of another size. @param {string} url @param {{limit: number}} size @returns {Promise<Answer>} */
export function readNext(url, { limit }) {
  const next = new URL(url);
  next.searchParams.set("limit", String(limit));
  return send(next.href, { headers: authorization(), cache: "no-cache" });
}

/**
 * A change, under a key of its own. Where no answer came it waits until the server can be reached and sends the same
 * once more: what was stored already is answered then, not done again.
 *
 * @param {string} method @param {string} path @param {{body?: object, version?: number, key?: string}} [terms] `key` of an earlier try without an answer
 */
export async function write(method, path, { body, version, key = newKey() } = {}) {
  const headers = { ...authorization(), "Idempotency-Key": key };
  if (body) headers["Content-Type"] = "application/json";
  if (version) headers["If-Match"] = `"${version}"`;
  const request = { method, headers, body: body && JSON.stringify(body) };
  try {
    return await send(urlOf(path), request);
  } catch (error) {
    if (!mayBeRepeated(error)) throw error;
    await reachable(error.retryAfter);
    return send(urlOf(path), request);
  }
}

/** @param {any} error */
const mayBeRepeated = (error) => error instanceof Unreachable || error.status === 503;

/** Waits until the server answers, at most for half a minute. @param {number} [seconds] at least so long */
async function reachable(seconds = 0) {
  const until = Date.now() + RETRY_WITHIN;
  await pause(Math.min(seconds * 1000, RETRY_WITHIN));
  while (Date.now() < until) {
    const answer = await fetch(urlOf("/health"), { cache: "no-store", signal: AbortSignal.timeout(LOOK_FOR) }).catch(() => null);
    if (answer?.ok) return;
    await pause(LOOK_EACH);
  }
}

/** @param {number} milliseconds */
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {string} url @param {RequestInit} request @returns {Promise<Answer>} */
async function send(url, request) {
  const limit = AbortSignal.timeout(request.method ? WRITE_WITHIN : READ_WITHIN);
  const signal = request.signal ? AbortSignal.any([request.signal, limit]) : limit;
  const response = await fetch(url, { ...request, signal }).catch((error) => {
    throw error.name === "AbortError" ? error : new Unreachable();
  });
  const envelope = await envelopeOf(response);
  const next = /<([^>]+)>; *rel="next"/.exec(response.headers.get("Link") ?? "")?.[1] ?? null;
  return { ...envelope, etag: response.headers.get("ETag"), next: next && new URL(next, url).href };
}

/** What else answers is not the server, but maybe a proxy that does not reach it. Throws what was refused. @param {Response} response */
export async function envelopeOf(response) {
  const envelope = await response.json().catch((error) => {
    throw error.name === "AbortError" ? error : new Unreachable();
  });
  if (envelope?.success === true) return envelope;
  throw typeof envelope?.error === "string" ? refusal(response, envelope.error) : new Unreachable();
}

/** @param {Response} response @param {string} sentence */
function refusal(response, sentence) {
  if (response.status === 401) dispatchEvent(new CustomEvent("token-needed", { detail: sentence }));
  if (response.status === 403 && token.get()) dispatchEvent(new Event("token-too-weak"));
  return new Refusal(response.status, sentence, Number(response.headers.get("Retry-After")) || 0);
}
