(function () {
  "use strict";
  var tip = document.getElementById("tip"), owner = null;
  if (!tip) return;
  function titleOf(id) {
    var item = document.querySelector('[data-note="' + CSS.escape(id) + '"]');
    return item ? item.getAttribute("data-title") : id;
  }
  function lines(element) {
    if (element.matches(".num")) {
      var where = element.getAttribute("data-locator");
      return [titleOf(element.getAttribute("data-source")) + (where ? " — " + where : "")];
    }
    var id = element.getAttribute("data-for"), block = element.closest("p,li,dd,dt,table,figure"), seen = [];
    if (block) block.querySelectorAll('.num[data-source="' + CSS.escape(id) + '"][data-locator]').forEach(function (n) {
      var text = n.textContent + ": " + n.getAttribute("data-locator");
      if (seen.length < 8 && seen.indexOf(text) < 0) seen.push(text);
    });
    return [titleOf(id)].concat(seen);
  }
  function show(element) {
    owner = element;
    tip.textContent = "";
    lines(element).forEach(function (line) {
      tip.appendChild(document.createElement("div")).textContent = line;
    });
    tip.hidden = false;
    var box = element.getBoundingClientRect(), width = tip.offsetWidth, high = tip.offsetHeight;
    var left = Math.min(Math.max(8, box.left), document.documentElement.clientWidth - width - 8);
    var top = box.bottom + 6 + high > window.innerHeight && box.top > high + 6 ? box.top - high - 6 : box.bottom + 6;
    tip.style.left = left + window.scrollX + "px";
    tip.style.top = top + window.scrollY + "px";
    if (element.matches("a")) element.setAttribute("aria-describedby", "tip");
  }
  function hide() {
    if (owner && owner.matches("a")) owner.removeAttribute("aria-describedby");
    owner = null;
    tip.hidden = true;
  }
  function target(event) {
    return event.target.closest ? event.target.closest(".num[data-source], .fn a") : null;
  }
  document.addEventListener("pointerover", function (event) {
    var found = target(event);
    if (found) show(found); else if (owner && event.target !== tip && !tip.contains(event.target)) hide();
  });
  document.addEventListener("focusin", function (event) { var found = target(event); if (found) show(found); });
  document.addEventListener("focusout", hide);
  document.addEventListener("click", function (event) {
    var found = target(event);
    if (found && found.matches(".num")) show(found);
  });
  function unfold() {  // what a link leads to may lie in the folded annex
    var name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch (malformed) { /* `#%` is no writing of anything: taken as it stands */ }
    var at = name && document.getElementById(name);
    for (var fold = at && at.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (at) at.scrollIntoView();
  }
  window.addEventListener("hashchange", unfold);
  unfold();
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") hide(); });
})();
