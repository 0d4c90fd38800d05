/** Server-sent events over `fetch`: unlike `EventSource` it can send a token and report the reason of an error. */

import { authorization, envelopeOf, ApiError, NetworkError, urlOf } from "./client.js";

/** The server sends a comment every 15 seconds; a stream that is silent for longer than this is disconnected. */
const SILENCE_TIMEOUT = 40_000;

/**
 * Follows the history until the stream ends. Throws an ApiError, a NetworkError or an AbortError.
 *
 * @param {number} since the `seq` of the last entry known
 * @param {{opened: () => void, entry: (entry: import("./calls.js").Entry) => void, signal: AbortSignal}} listener
 */
export async function follow(since, { opened, entry, signal }) {
  const timeout = new AbortController();
  let timer = 0;
  const onData = () => {
    clearTimeout(timer);
    timer = setTimeout(() => timeout.abort(), SILENCE_TIMEOUT);
  };
  onData();
  try {
    const stream = await open(since, AbortSignal.any([signal, timeout.signal]));
    opened();
    await readEvents(stream.getReader(), entry, onData);
  } catch (error) {
    throw signal.aborted || error instanceof ApiError ? error : new NetworkError();
  } finally {
    clearTimeout(timer);
  }
}

/** @param {number} since @param {AbortSignal} signal */
async function open(since, signal) {
  const headers = { ...authorization(), "Last-Event-ID": String(since) };
  const response = await fetch(urlOf("/events"), { headers, cache: "no-store", signal });
  if (response.headers.get("Content-Type")?.startsWith("text/event-stream") && response.body) return response.body;
  await envelopeOf(response);
  throw new NetworkError();
}

/** @param {ReadableStreamDefaultReader<Uint8Array>} reader @param {(entry: any) => void} entry @param {() => void} onData */
async function readEvents(reader, entry, onData) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    onData();
    const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? "";
    for (const block of blocks) dataOf(block).forEach(entry);
  }
}

/** @param {string} block one event, or a comment */
function dataOf(block) {
  const lines = block.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  return lines.length ? [JSON.parse(lines.map((line) => line.slice(5)).join("\n"))] : [];
}
