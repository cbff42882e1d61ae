// Keeps the session token of the person who is signed in under localStorage["realmkit.session_token"] while a page is
// open, and removes it once nobody is. data-session stands for the sign-in that this page was made in; empty: nobody.
(() => {
  const KEY = "realmkit.session_token";
  const RETRY = 30; // seconds
  const { renew } = document.currentScript.dataset;
  let { session } = document.currentScript.dataset;
  let timer;

  const read = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const keep = (token) => { try { localStorage.setItem(KEY, token); } catch { /* storage is switched off */ } };
  const forget = () => { try { localStorage.removeItem(KEY); } catch { /* as above */ } };

  const claims = (token) => {
    try {
      return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    } catch {
      return {};
    }
  };

  // Seconds until the stored token should be replaced; 0 when it is none of this sign-in or has lost two thirds of its life.
  const rest = () => {
    const { gid, iat, exp } = claims(read());
    const left = exp - Date.now() / 1000;
    return gid === session && left <= exp - iat ? Math.max(0, left - (exp - iat) / 3) : 0;
  };

  const show = (token, expiresAt) => {
    const code = document.getElementById("session-token");
    const time = document.querySelector("#session-token-expiry time");
    if (!code || !time) return;
    const at = new Date(expiresAt * 1000);
    const [, day, month, year, clock] = at.toUTCString().split(" ");
    code.textContent = token;
    time.dateTime = at.toISOString();
    time.textContent = `${Number(day)} ${month} ${year}, ${clock.slice(0, 5)} UTC`;
  };

  const wait = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(check, seconds * 1000);
  };

  const fetchFresh = async () => {
    let answer;
    try {
      answer = await fetch(renew, { cache: "no-store", credentials: "same-origin", redirect: "error" });
    } catch {
      return wait(RETRY); // no network
    }
    if (answer.status >= 500) return wait(RETRY);
    if (!answer.ok) return forget(); // signed out elsewhere, or away for too long
    const { session_token: token, expires_at: expiresAt, expires_in: life } = await answer.json();
    session = claims(token).gid;
    keep(token);
    show(token, expiresAt);
    return wait(Math.max(1, (life * 2) / 3));
  };

  const check = () => {
    const seconds = rest();
    if (seconds > 0) wait(seconds); // another page has renewed it
    else fetchFresh();
  };

  if (!session) return forget();
  const shown = document.getElementById("session-token");
  if (shown) keep(shown.textContent);
  check();
  addEventListener("pageshow", (event) => { if (event.persisted) fetchFresh(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") check(); });
})();
