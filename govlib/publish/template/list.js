
(function () {
  "use strict";
  var table = document.getElementById("list"), body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
  var search = document.getElementById("search"), wanted = document.getElementById("wanted"), tally = document.getElementById("tally");
  var kind = /^(?:thanh pho|thu do|tinh|t ?p|province of|city of|province|city) | (?:province|city|municipality|prov)$/g;
  function fold(text) {  // as govlib.text.fold
    return text.normalize("NFKD").replace(/[đĐðÐ]/g, "d").replace(/\p{M}/gu, "").toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  }
  rows.forEach(function (row) {
    row.words = [0, 1, 3, 4].map(function (i) { return fold(row.cells[i].textContent); });
    row.names = row.dataset.names.split(" ");
  });
  function filter() {
    var text = fold(search.value), bare = text.replace(kind, ""), shown = 0;
    var keys = [text.replace(/ /g, ""), bare.replace(/ /g, "")];
    rows.forEach(function (row) {
      var hit = row.words.some(function (cell) { return cell.indexOf(text) >= 0 || cell.indexOf(bare) >= 0; })
        || row.names.some(function (name) { return name.indexOf(keys[0]) === 0 || name.indexOf(keys[1]) === 0; });
      row.hidden = !(hit && (!wanted.value || row.dataset.status === wanted.value));
      if (!row.hidden) shown += 1;
    });
    tally.textContent = shown ? tally.dataset.text.replace("{shown}", shown).replace("{all}", rows.length) : tally.dataset.none;
  }
  var headers = Array.prototype.slice.call(table.tHead.rows[0].cells), compare = new Intl.Collator(document.documentElement.lang).compare;
  function key(row, column) { return row.cells[column].dataset.key || row.cells[column].textContent; }
  function sort(column) {
    var sign = headers[column].getAttribute("aria-sort") === "ascending" ? -1 : 1;
    headers.forEach(function (cell) { cell.removeAttribute("aria-sort"); });
    headers[column].setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    rows.sort(function (a, b) { return sign * compare(key(a, column), key(b, column)) || compare(key(a, 0), key(b, 0)); });
    rows.forEach(function (row) { body.appendChild(row); });
  }
  headers.forEach(function (cell, column) {  // a button only where it does something: with this script, and a column with an order
    if (!cell.hasAttribute("data-sort")) return;
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    cell.textContent = "";
    cell.appendChild(button).addEventListener("click", function () { sort(column); });
  });
  search.addEventListener("input", filter);
  wanted.addEventListener("change", filter);
  document.querySelector(".finder").hidden = false;
  filter();
})();
