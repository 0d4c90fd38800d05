/** Server-sent events over `fetch`: unlike an `EventSource` it can send a token, and says why it was refused. */

import { authorization, envelopeOf, Refusal, Unreachable, urlOf } from "./client.js";

/** A comment comes each 15 seconds; who hears nothing for so long is no longer connected. */
const SILENCE = 40_000;

/**
 * Follows the history until the stream ends. Throws a Refusal, Unreachable, or an AbortError.
 *
 * @param {number} since the `seq` of the last entry known
 * @param {{opened: () => void, entry: (entry: import("./calls.js").Entry) => void, signal: AbortSignal}} listener
 */
export async function follow(since, { opened, entry, signal }) {
  const silence = new AbortController();
  let timer = 0;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE);
  };
  heard();
  try {
    const stream = await open(since, AbortSignal.any([signal, silence.signal]));
    opened();
    await readAll(stream.getReader(), entry, heard);
  } catch (error) {
    throw signal.aborted || error instanceof Refusal ? error : new Unreachable();
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
  throw new Unreachable();
}

/** @param {ReadableStreamDefaultReader<Uint8Array>} reader @param {(entry: any) => void} entry @param {() => void} heard */
async function readAll(reader, entry, heard) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
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
