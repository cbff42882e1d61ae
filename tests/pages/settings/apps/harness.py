"""A browser that is just enough for the sample of a browser application, in Node.js."""

#: Opens the page, says where it is sent, waits for the address that it comes back to, and opens that.
BROWSER = """
import { createInterface } from "node:readline/promises";

const store = new Map();
globalThis.sessionStorage = {
  getItem: (name) => store.get(name) ?? null,
  setItem: (name, value) => store.set(name, String(value)),
  removeItem: (name) => store.delete(name),
};
globalThis.location = { search: "", assign: (address) => process.stdout.write(`${address}\\n`) };
console.log = (answer) => process.stdout.write(`${JSON.stringify(answer)}\\n`);

await import("./sign-in.mjs?away");
const terminal = createInterface({ input: process.stdin });
globalThis.location.search = new URL((await terminal.question("")).trim()).search;
terminal.close();
await import("./sign-in.mjs?back");
"""
