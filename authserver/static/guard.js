// [data-guard]: not clickable until the page has been in sight for 400 ms (a click aimed at a window on top of it
// must not land on Allow). Coming back to the window starts the time again.
const guarded = document.querySelectorAll("[data-guard]");
let timer;
const arm = () => {
  clearTimeout(timer);
  for (const element of guarded) element.inert = true;
  if (document.visibilityState !== "visible") return;
  timer = setTimeout(() => {
    for (const element of guarded) element.inert = false;
  }, 400);
};
arm();
document.addEventListener("visibilitychange", arm);
addEventListener("pageshow", arm);
let away = false;
addEventListener("blur", () => { away = true; });
addEventListener("focus", () => {
  if (away) arm();
  away = false;
});
