// Text whose contrast with what lies behind it is below WCAG 2.2 AA (1.4.3), charts included: axe does not judge text in SVG.
() => {
  const parse = text => {
    const n = (text.match(/[\d.]+(e-?\d+)?/g) || []).map(Number);
    return text.startsWith("color(") ? [n[0] * 255, n[1] * 255, n[2] * 255, n[3] ?? 1] : [n[0], n[1], n[2], n[3] ?? 1];
  };
  const over = (top, under) => [0, 1, 2].map(i => top[3] * top[i] + (1 - top[3]) * under[i]).concat(1);
  const light = c => [0, 1, 2].map(i => c[i] / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3]) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const faded = (element, colour) => {
    let alpha = colour[3];
    for (let e = element; e; e = e.parentElement) alpha *= +getComputedStyle(e).opacity;
    return [...colour.slice(0, 3), alpha];
  };
  const faults = [], seen = {html: 0, svg: 0};
  const judge = (kind, text, element, fill, back) => {
    const style = getComputedStyle(element), size = parseFloat(style.fontSize), bold = +style.fontWeight >= 700;
    const got = ratio(over(faded(element, fill), back), back);
    seen[kind] += 1;
    if (got < (size >= 24 || (bold && size >= 18.66) ? 3 : 4.5) - 0.005) faults.push(`${got.toFixed(2)} ${kind} ${JSON.stringify(text)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || element.closest("svg,script,style,.visually-hidden,[hidden]") || !element.checkVisibility({visibilityProperty: true})) continue;
    if (element.closest(".skip") && !element.matches(":focus")) continue;
    judge("html", text.slice(0, 40), element, parse(getComputedStyle(element).color), behind(element));
  }
  for (const svg of document.querySelectorAll("svg")) {
    if (!svg.checkVisibility()) continue;
    const shapes = [], paper = behind(svg);
    for (const element of svg.querySelectorAll("rect,path,circle,ellipse,polygon,text")) {
      if (element.closest("defs,clipPath")) continue;
      const style = getComputedStyle(element), matrix = element.getScreenCTM();
      if (element.tagName !== "text") {
        if (style.fill !== "none") shapes.push([element, faded(element, [...parse(style.fill).slice(0, 3), parse(style.fill)[3] * +style.fillOpacity]), matrix.inverse()]);
        continue;
      }
      const box = element.getBBox();
      for (const part of [0.15, 0.5, 0.85]) {
        const point = new DOMPoint(box.x + part * box.width, box.y + box.height / 2).matrixTransform(matrix);
        const back = shapes.reduce((under, [shape, fill, inverse]) => shape.isPointInFill(point.matrixTransform(inverse)) ? over(fill, under) : under, paper);
        judge("svg", element.textContent.slice(0, 40), element, parse(style.fill), back);
      }
    }
  }
  return {faults: [...new Set(faults)], seen};
}
