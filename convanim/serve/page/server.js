// Questions to the server, and of several in a row only the last.

const GONE = "The server does not answer; it may have been stopped. Change anything to try again.";

/**
 * Ask for something. The answer has a refusal in place of its content where there is one.
 * @returns {Promise<{text?: string, type?: string, blob?: Blob, refusal?: {error: string, option?: string}}>}
 */
export async function ask(address, { signal, asFile = false } = {}) {
  let response;
  try {
    response = await fetch(address, { signal });
    if (response.ok) return asFile ? { blob: await response.blob() } : { text: await response.text() };
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { refusal: { error: GONE } };
  }
  try {
    return { refusal: await response.json() };
  } catch {
    const said = decodeURIComponent(response.headers.get("X-Alternative-Text") ?? "");
    return { refusal: { error: said || `The server answers with the status ${response.status}.` } };
  }
}

/** Ask for something that comes as JSON. */
export async function askData(address, options) {
  const { text, refusal } = await ask(address, options);
  return refusal ? { refusal } : { data: JSON.parse(text) };
}

const PATIENCE = 300;

/** Work of which only the last matters: one at a time, and what is slow or stale is given up for what is new. */
export class Latest {
  #running = null;
  #next = null;

  /** @param {(signal: AbortSignal) => Promise<void>} work */
  do(work) {
    this.#next = work;
    if (this.#running) {
      const { controller, since } = this.#running;
      // A drawing that is nearly done is worth seeing; one that takes long is not worth waiting for.
      setTimeout(() => controller.abort(), Math.max(0, since + PATIENCE - performance.now()));
      return;
    }
    this.#go();
  }

  /** Whether newer work waits. */
  get isStale() {
    return this.#next !== null;
  }

  async #go() {
    const work = this.#next;
    const controller = new AbortController();
    this.#next = null;
    this.#running = { controller, since: performance.now() };
    try {
      await work(controller.signal);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    } finally {
      this.#running = null;
      if (this.#next) this.#go();
    }
  }
}
