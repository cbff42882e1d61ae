// Says two minutes before the end that a sign-in closes, and offers to keep it open. Without this file the page says it all along.
for (const warning of document.querySelectorAll("[data-expires]")) {
  const seconds = Number(warning.dataset.expires) - 120;
  if (seconds > 0) setTimeout(() => { warning.hidden = false; }, seconds * 1000);
}
