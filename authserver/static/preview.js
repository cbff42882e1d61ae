// Keeps "This key can / cannot" in step with the form. Without it the button "Look again" does the same.
const look = document.getElementById("look");
const form = look.form;
look.hidden = true;

function show(selector, visible) {
  for (const element of form.querySelectorAll(selector)) element.hidden = !visible;
}

function update() {
  const boxes = [...form.querySelectorAll("input[name=scopes]")];
  for (const box of boxes) {
    show(`[data-can="${CSS.escape(box.value)}"]`, box.checked);
    show(`[data-cannot="${CSS.escape(box.value)}"]`, !box.checked);
  }
  show("[data-nothing=can]", !boxes.some((box) => box.checked));
  show("[data-nothing=cannot]", boxes.every((box) => box.checked));
  for (const name of ["live", "test"]) show(`[data-environment=${name}]`, form.elements.environment.value === name);
}

form.addEventListener("change", update);
update();
