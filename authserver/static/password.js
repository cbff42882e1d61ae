// Buttons [data-password="id"]: show or hide what was typed. Hidden again before the form is sent.
for (const button of document.querySelectorAll("[data-password]")) {
  const input = document.getElementById(button.dataset.password);
  if (!input) continue;
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? button.dataset.hide : button.dataset.show;
    button.setAttribute("aria-label", visible ? button.dataset.hideLabel : button.dataset.showLabel);
  };
  show(false);
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false));
}
