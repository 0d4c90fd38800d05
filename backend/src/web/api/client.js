/** The API over `fetch`: unwraps the envelope or throws its error. Knows nothing about tasks. */

import { tabStorage } from "../storage.js";

/** Relative to the page, so that a proxy may serve both under a path prefix. */
export const API = new URL("api/v1", document.baseURI).href;

const TOKEN = `tasktrail-token of ${API}`; // another server may share the origin
const RETRY_TIMEOUT = 30_000;
const HEALTH_INTERVAL = 400;
const HEALTH_TIMEOUT = 5_000;
const WRITE_TIMEOUT = 20_000;
const READ_TIMEOUT = 120_000; // for a long list over a slow connection

/** An error response of the API. `fields` maps field names to their messages. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message @param {number} [retryAfter] */
  constructor(status, message, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
    this.fields = fieldsOf(status, message);
  }
}

/** No usable response arrived. */
export class NetworkError extends Error {
  constructor() {
    super("The server can’t be reached. Please try again.");
    this.fields = {};
  }
}

/** @param {number} status @param {string} message */
function fieldsOf(status, message) {
  if (status !== 400) return {};
  const parts = message.split("; ").map((part) => /^(title|description|as_of): (.*)$/s.exec(part));
  return Object.fromEntries(parts.filter((part) => part !== null).map(([, field, error]) => [field, error]));
}

/** Stored for this tab until it is closed. */
export const token = {
  get: () => tabStorage.get(TOKEN),
  set: (/** @type {string} */ value) => tabStorage.set(TOKEN, value),
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

/** One per user action. `randomUUID` is missing on pages served over plain HTTP from another machine. */
export function newIdempotencyKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @typedef {{data: any, popup: string | null, etag: string | null, next: string | null}} ApiResponse
 * @param {string} path @param {Record<string, any>} [query] @param {AbortSignal} [signal]
 * @returns {Promise<ApiResponse>}
 */
export function read(path, query, signal) {
  return send(urlOf(path, query), { headers: authorization(), signal, cache: "no-cache" });
}

/** Reads the page that `Link: rel="next"` names, with another page size. @param {string} url @param {{limit: number}} size @returns {Promise<ApiResponse>} */
export function readNext(url, { limit }) {
  const next = new URL(url);
  next.searchParams.set("limit", String(limit));
  return send(next.href, { headers: authorization(), cache: "no-cache" });
}

/**
 * Sends a write with an idempotency key. If no response arrives, it waits until the server is reachable and retries once
 * with the same key, so that a write that was stored already is not repeated.
 *
 * @param {string} method @param {string} path @param {{body?: object, version?: number, key?: string}} [options] `key` of an earlier attempt that got no response
 */
export async function write(method, path, { body, version, key = newIdempotencyKey() } = {}) {
  const headers = { ...authorization(), "Idempotency-Key": key };
  if (body) headers["Content-Type"] = "application/json";
  if (version) headers["If-Match"] = `"${version}"`;
  const request = { method, headers, body: body && JSON.stringify(body) };
  try {
    return await send(urlOf(path), request);
  } catch (error) {
    if (!isRetryable(error)) throw error;
    await untilReachable(error.retryAfter);
    return send(urlOf(path), request);
  }
}

/** @param {any} error */
const isRetryable = (error) => error instanceof NetworkError || error.status === 503;

/** Waits until the server responds, for half a minute at most. @param {number} [seconds] wait at least this long */
async function untilReachable(seconds = 0) {
  const until = Date.now() + RETRY_TIMEOUT;
  await sleep(Math.min(seconds * 1000, RETRY_TIMEOUT));
  while (Date.now() < until) {
    const response = await fetch(urlOf("/health"), { cache: "no-store", signal: AbortSignal.timeout(HEALTH_TIMEOUT) }).catch(() => null);
    if (response?.ok) return;
    await sleep(HEALTH_INTERVAL);
  }
}

/** @param {number} milliseconds */
export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {string} url @param {RequestInit} request @returns {Promise<ApiResponse>} */
async function send(url, request) {
  const limit = AbortSignal.timeout(request.method ? WRITE_TIMEOUT : READ_TIMEOUT);
  const signal = request.signal ? AbortSignal.any([request.signal, limit]) : limit;
  const response = await fetch(url, { ...request, signal }).catch((error) => {
    throw error.name === "AbortError" ? error : new NetworkError();
  });
  const envelope = await envelopeOf(response);
  const next = /<([^>]+)>; *rel="next"/.exec(response.headers.get("Link") ?? "")?.[1] ?? null;
  return { ...envelope, etag: response.headers.get("ETag"), next: next && new URL(next, url).href };
}

/** Anything but an envelope counts as unreachable: it comes from a proxy, not the server. @param {Response} response */
export async function envelopeOf(response) {
  const envelope = await response.json().catch((error) => {
    throw error.name === "AbortError" ? error : new NetworkError();
  });
  if (envelope?.success === true) return envelope;
  throw typeof envelope?.error === "string" ? apiError(response, envelope.error) : new NetworkError();
}

/** @param {Response} response @param {string} message */
function apiError(response, message) {
  if (response.status === 401) dispatchEvent(new CustomEvent("token-required", { detail: message }));
  if (response.status === 403 && token.get()) dispatchEvent(new Event("token-read-only"));
  return new ApiError(response.status, message, Number(response.headers.get("Retry-After")) || 0);
}
