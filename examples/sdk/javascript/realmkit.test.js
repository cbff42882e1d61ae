// The SDK against a server of its own, which answers what it is told to.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { inspect } from "node:util";

import {
  APIConnectionError,
  APIError,
  AuthenticationError,
  PermissionDeniedError,
  RateLimitError,
  RealmKit,
  backOff,
} from "./realmkit.js";
import { secondsOf } from "./errors.js";

const KEY = "test-key";
let answers, seen, slept, url;

const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  seen.push([request.method, request.url, request.headers.authorization, body && JSON.parse(body)]);
  const [status, headers, document] = answers.shift();
  response.writeHead(status, headers).end(typeof document === "string" ? document : JSON.stringify(document));
});

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  server.closeAllConnections?.();
});
beforeEach(() => {
  [answers, seen, slept] = [[], [], []];
});

const client = (options = {}) =>
  new RealmKit({ apiKey: KEY, baseUrl: url, sleep: async (seconds) => slept.push(seconds), ...options });

test("lists with the key in the header", async () => {
  answers.push([200, {}, { items: [{ id: "r1", name: "One" }], next: "r1" }]);
  const page = await client().realms.list({ limit: 1 });
  assert.deepEqual([page.items[0].name, page.next], ["One", "r1"]);
  assert.deepEqual(seen, [["GET", "/v1/realms?limit=1", `Bearer ${KEY}`, ""]]);
});

test("iterates over all pages", async () => {
  answers.push([200, {}, { items: [{ id: "a" }, { id: "b" }], next: "b" }]);
  answers.push([200, {}, { items: [{ id: "c" }], next: null }]);
  const ids = [];
  for await (const realm of client().realms.iterate()) ids.push(realm.id);
  assert.deepEqual(ids, ["a", "b", "c"]);
  assert.deepEqual(seen.map(([, path]) => path), ["/v1/realms", "/v1/realms?cursor=b"]);
});

test("ids are escaped", async () => {
  answers.push([204, {}, ""]);
  await client().realms.delete("../x?y");
  assert.deepEqual(seen[0].slice(0, 2), ["DELETE", "/v1/realms/..%2Fx%3Fy"]);
  assert.throws(() => client().realms.delete(".."), TypeError);
});

test("sends only what is given", async () => {
  answers.push([200, {}, { id: "r1", name: "New" }]);
  await client().realms.update("r1", { name: "New" });
  assert.deepEqual(seen[0], ["PATCH", "/v1/realms/r1", `Bearer ${KEY}`, { name: "New" }]);
});

test("errors have types", async () => {
  const kinds = { 401: AuthenticationError, 403: PermissionDeniedError, 429: RateLimitError, 404: APIError };
  for (const [status, Kind] of Object.entries(kinds)) {
    answers.push([Number(status), { "Retry-After": "7" }, { title: "T", missing_scopes: ["write:realms"] }]);
    const error = await client({ maxRetries: 0 }).realms.list().catch((caught) => caught);
    assert.equal(error.constructor, Kind);
    assert.equal(error.status, Number(status));
    assert.equal(error.name, Kind.name);
    if (Kind === PermissionDeniedError) assert.deepEqual(error.missingScopes, ["write:realms"]);
    if (Kind === RateLimitError) assert.equal(error.retryAfter, 7);
  }
});

test("429 is tried again after Retry-After", async () => {
  answers.push([429, { "Retry-After": "3" }, {}], [429, { "Retry-After": "5" }, {}], [200, {}, { items: [], next: null }]);
  assert.deepEqual((await client().realms.list()).items, []);
  assert.deepEqual(slept, [3, 5]);
});

test("retries are bounded", async () => {
  answers.push(...Array(3).fill([429, { "Retry-After": "1" }, {}]));
  await assert.rejects(client().realms.list(), RateLimitError);
  assert.deepEqual([seen.length, slept], [3, [1, 1]]);
});

test("a long wait is an error at once", async () => {
  answers.push([429, { "Retry-After": "1740", "X-RateLimit-Limit": "1000" }, {}]);
  const error = await client().realms.list().catch((caught) => caught);
  assert.deepEqual([error.retryAfter, error.limit, slept], [1740, 1000, []]);
});

test("other errors are not tried again", async () => {
  answers.push([503, { "Retry-After": "1" }, "<html>"]);
  await assert.rejects(client().realms.create({ name: "x" }), APIError);
  assert.deepEqual([seen.length, slept], [1, []]);
});

test("back-off without Retry-After grows and is bounded", () => {
  [0.5, 1, 2, 4, 8, 8].forEach((most, attempt) => {
    const wait = backOff(attempt);
    assert.ok(most / 2 <= wait && wait <= most);
  });
});

test("Retry-After may be a date", () => {
  assert.equal(secondsOf("Wed, 21 Oct 2015 07:28:00 GMT"), 0);
  assert.deepEqual([secondsOf("soon"), secondsOf(null)], [null, null]);
});

test("a redirect does not carry the key away", async () => {
  answers.push([302, { Location: `${url}/elsewhere` }, ""]);
  await assert.rejects(client().realms.list(), APIError);
  assert.equal(seen.length, 1);
});

test("no server and no JSON are connection errors", async () => {
  await assert.rejects(client({ baseUrl: "http://127.0.0.1:1" }).realms.list(), APIConnectionError);
  answers.push([200, {}, "<html>"]);
  await assert.rejects(client().realms.list(), APIConnectionError);
});

test("the key is neither shown nor sent broken", () => {
  assert.ok(!inspect(client(), { depth: 5, showHidden: true }).includes(KEY));
  assert.throws(() => client({ apiKey: "secret\r\nX: y" }), (error) => !error.message.includes("secret"));
});

test("environment names key and server", async () => {
  Object.assign(process.env, { REALMKIT_API_KEY: "from-env", REALMKIT_BASE_URL: url });
  answers.push([200, {}, { items: [], next: null }]);
  await new RealmKit().realms.list();
  assert.equal(seen[0][2], "Bearer from-env");
  delete process.env.REALMKIT_API_KEY;
  delete process.env.REALMKIT_BASE_URL;
  assert.throws(() => new RealmKit(), TypeError);
});
