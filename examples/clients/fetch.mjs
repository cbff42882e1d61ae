// Lists your realms. REALMKIT_API_KEY=... node fetch.mjs

const key = process.env.REALMKIT_API_KEY;
if (!key) {
  console.error("set REALMKIT_API_KEY to an API key");
  process.exit(2);
}
const root = process.env.REALMKIT_BASE_URL || "https://api.realmkit.com";

const response = await fetch(`${root}/v1/realms`, {
  headers: { Authorization: `Bearer ${key}` },
  redirect: "error",
  signal: AbortSignal.timeout(30_000),
});
if (response.ok) {
  console.log(JSON.stringify(await response.json()));
} else {
  const problem = await response.json().catch(() => ({}));
  const advice = {
    401: "check the key: it is invalid, expired or revoked",
    403: `the key lacks ${problem.missing_scopes?.join(" ")}`,
    429: `try again in ${response.headers.get("retry-after")} seconds`,
  }[response.status];
  console.error(`${response.status} ${problem.title ?? ""}: ${advice ?? problem.detail ?? ""}`);
  process.exitCode = 1;
}
