// Client of the RealmKit realms API: `await new RealmKit({ apiKey }).realms.list()`.

import { APIConnectionError, errorOf, secondsOf } from "./errors.js";

export {
  APIConnectionError,
  APIError,
  AuthenticationError,
  PermissionDeniedError,
  RateLimitError,
  RealmKitError,
} from "./errors.js";

export const DEFAULT_BASE_URL = "https://api.realmkit.com";
const FIRST_BACK_OFF = 0.5; // seconds
const LONGEST_BACK_OFF = 8;

const environ = globalThis.process?.env ?? {};
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** The realms API, as the owner of a key sees it. */
export class RealmKit {
  #key;
  #root;
  #options;

  constructor({ apiKey, baseUrl, timeout = 30, maxRetries = 2, maxWait = 60, sleep = pause } = {}) {
    const key = apiKey || environ.REALMKIT_API_KEY;
    if (!key) throw new TypeError("give apiKey, or set REALMKIT_API_KEY");
    if (!/^[!-~]+$/.test(key)) throw new TypeError("apiKey has characters that a key cannot have");
    const root = baseUrl || environ.REALMKIT_BASE_URL || DEFAULT_BASE_URL;
    if (!/^https?:\/\//.test(root)) throw new TypeError("baseUrl must begin with https://");
    this.#key = key;
    this.#root = root.replace(/\/+$/, "");
    this.#options = { timeout, maxRetries, maxWait, sleep };
    const send = (...request) => this.#send(...request);
    this.realms = new Realms(send);
    this.profile = new Profiles(send);
  }

  /** How much there is. Needs `read:stats`. */
  stats() {
    return this.#send("GET", "/v1/stats");
  }

  async #send(method, path, body, read = "json") {
    const { maxRetries, maxWait, sleep } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const response = await this.#once(method, path, body);
      if (response.ok) return read === "nothing" ? undefined : this.#read(response, read);
      const problem = (await response.json().catch(() => null)) ?? {};
      const wait = secondsOf(response.headers.get("retry-after")) ?? backOff(attempt);
      if (response.status !== 429 || attempt >= maxRetries || wait > maxWait) {
        throw errorOf(response.status, problem, response.headers);
      }
      await sleep(wait);
    }
  }

  async #once(method, path, body) {
    const headers = { Authorization: `Bearer ${this.#key}`, Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      return await fetch(this.#root + path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        redirect: "manual", // a redirect would carry the key to another place; here it is an error like any other
        signal: AbortSignal.timeout(this.#options.timeout * 1000),
      });
    } catch (error) {
      throw new APIConnectionError(`${method} ${path}: ${error.cause?.message || error.message}`, { cause: error });
    }
  }

  async #read(response, read) {
    try {
      return await response[read]();
    } catch (error) {
      throw new APIConnectionError("the answer cannot be read", { cause: error });
    }
  }
}

/** `/v1/realms`. */
class Realms {
  #send;

  constructor(send) {
    this.#send = send;
  }

  /** A page: `{ items, next }`, where `next` is the cursor of the next page or null. Needs `read:realms`. */
  list({ limit, cursor } = {}) {
    const wanted = Object.entries({ limit, cursor }).filter(([, value]) => value !== undefined && value !== null);
    const query = new URLSearchParams(wanted).toString();
    return this.#send("GET", query ? `/v1/realms?${query}` : "/v1/realms");
  }

  /** All realms, page by page. */
  async *iterate({ limit } = {}) {
    let cursor;
    do {
      const page = await this.list({ limit, cursor });
      yield* page.items;
      cursor = page.next;
    } while (cursor);
  }

  /** One realm. Needs `read:realms`. */
  get(id) {
    return this.#send("GET", pathOf(id));
  }

  /** A new realm. Needs `write:realms`. */
  create({ name, description, content }) {
    return this.#send("POST", "/v1/realms", { name, description, content });
  }

  /** Change what is given. Needs `write:realms`. */
  update(id, { name, description, content }) {
    return this.#send("PATCH", pathOf(id), { name, description, content });
  }

  /** Remove a realm. Needs `delete:realms`. */
  delete(id) {
    return this.#send("DELETE", pathOf(id), undefined, "nothing");
  }

  /** The content of a realm, as text. Needs `download:realms`. */
  download(id) {
    return this.#send("GET", `${pathOf(id)}/download`, undefined, "text");
  }
}

/** `/v1/profile`: the owner of the key. */
class Profiles {
  #send;

  constructor(send) {
    this.#send = send;
  }

  /** Who that is. Needs `read:profile`. */
  get() {
    return this.#send("GET", "/v1/profile");
  }

  /** Change what is given. Needs `write:profile`. */
  update({ display_name, bio }) {
    return this.#send("PATCH", "/v1/profile", { display_name, bio });
  }
}

/** Seconds before the next attempt when the API does not say: twice as long each time, spread at random. */
export function backOff(attempt) {
  return Math.min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** attempt) * (0.5 + Math.random() / 2);
}

function pathOf(id) {
  if (!id || id === "." || id === "..") throw new TypeError("id must be the id of a realm");
  return `/v1/realms/${encodeURIComponent(id)}`;
}
