() => {
  // What WCAG asks of sizes (1.4.4, 1.4.10, 2.5.8 with the 44 px of the house), 2.4.7 and 2.4.11, as lists of breaches.
  const visible = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !e.closest(".hide,.skip");
  const name = (e) => `${e.tagName.toLowerCase()}${e.className && e.className.baseVal === undefined ? "." + e.className : ""} "${(e.innerText || e.value || e.name || "").trim().slice(0, 40)}"`;
  const every = (selector) => [...document.querySelectorAll(selector)].filter(visible);
  const box = (e) => e.getBoundingClientRect();

  // A link in running text, or in a cell of a table, is as high as its line.
  const inText = (e) => e.tagName === "A" && ["inline", "inline-block"].includes(getComputedStyle(e).display);
  // A check box is pressed with its label.
  const target = (e) => (e.matches("[type=checkbox],[type=radio]") ? e.closest("label") || e : e);

  return {
    overflow() {
      const width = document.documentElement.clientWidth;
      if (document.scrollingElement.scrollWidth <= width) return [];
      return every("body *").filter((e) => box(e).right > width + 1 || box(e).left < -1).map((e) => `wider than ${width}: ${name(e)}`);
    },
    clipped() {
      return every("body *").filter((e) => {
        const style = getComputedStyle(e);
        if (e.closest("svg") || e.matches("input,textarea,select") || style.clipPath !== "none") return false;
        const cut = style.overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1;
        const pressed = e.matches("button,.button,.badge") && e.scrollWidth > e.clientWidth + 1;
        return pressed || (cut && !["auto", "scroll"].includes(style.overflowX) && style.textOverflow !== "ellipsis");
      }).map((e) => `clipped: ${name(e)}`);
    },
    small() {
      return every("a[href],button,input:not([type=hidden]),select,textarea,summary").filter((e) => {
        const { height, width } = box(target(e));
        return !inText(e) && (height < 43.5 || width < 24);
      }).map((e) => `${Math.round(box(target(e)).width)}x${Math.round(box(target(e)).height)}: ${name(e)}`);
    },
    unfocused() {
      const e = document.activeElement;
      if (!e || e === document.body) return null; // the end of the page
      const ring = (x) => { const s = getComputedStyle(x); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2; };
      const seen = ring(e) || (e.closest(".choice") && ring(e.closest(".choice")));
      const { left, top, width, height } = box(target(e));
      const at = document.elementFromPoint(Math.min(left + width / 2, innerWidth - 1), Math.min(Math.max(top + height / 2, 0), innerHeight - 1));
      // What somebody opened may lie on top: the Escape key takes it away (2.4.11).
      const free = document.querySelector(":popover-open") || (at && (target(e).contains(at) || at.contains(e)));
      return [...(seen ? [] : [`no ring: ${name(e)}`]), ...(free ? [] : [`hidden behind ${at ? name(at) : "nothing"}: ${name(e)}`])];
    },
    colourless() {
      // In forced colours only borders are left: what a badge or a chosen entry says must not stand in its ground alone.
      return every(".badge,.button,.input,.choice,.alert").filter((e) => {
        const style = getComputedStyle(e);
        return parseFloat(style.borderTopWidth) < 1 || style.borderTopStyle === "none";
      }).map((e) => `no border: ${name(e)}`);
    },
  };
}
