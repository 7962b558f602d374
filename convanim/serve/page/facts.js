// What the server says of a layer, from its lines of text to lists and tables.

import { element } from "./elements.js";

const ROW = /^(\S(?:.*?\S)?)\s{2,}(\S.*)$/;

/**
 * Facts as elements: a heading, what stands below it, and a list of names with what they are, or a table.
 * @param {string} says
 */
export function factsOf(says) {
  const blocks = says.split(/\n\s*\n/).map((block) => block.split("\n").filter((line) => line.trim()));
  return blocks.filter((lines) => lines.length && !lines[0].startsWith("note ")).flatMap((lines, place) => {
    if (/^\s/.test(lines[0])) return [tableOf(lines)];
    if (place === 0 && blocks.length > 1) return headed(lines);
    return [listOf(lines)];
  });
}

function headed([first, ...rest]) {
  const numbered = rest.map((line) => /^\s*(\d+)\s{2,}(.*)$/.exec(line));
  const below = rest.length && numbered.every(Boolean)
    ? [element("ol", { class: "layers" }, ...numbered.map(([, , said]) => element("li", { text: said })))]
    : rest.map((line) => element("p", { class: "soft", text: line.trim() }));
  return [element("p", { class: "headline", text: first.replace(/\s{2,}/g, " · ") }), ...below];
}

function listOf(lines) {
  const list = element("dl");
  for (const line of lines) {
    const row = ROW.exec(line);
    if (row) {
      const said = element("dd", { text: row[2], ...(/[=⌊·(]/.test(row[2]) ? { class: "formula" } : {}) });
      list.append(element("dt", { text: row[1] }), said);
    } else if (list.lastElementChild) {
      list.lastElementChild.append("\n", line.trim());
    } else {
      list.append(element("dt", { text: "" }), element("dd", { text: line.trim() }));
    }
  }
  return list;
}

function tableOf([first, ...rest]) {
  const cells = (line) => line.trim().split(/\s{2,}/);
  const notes = rest.filter((line) => line.startsWith("note "));
  const head = element("tr", {}, element("td"), ...cells(first).map((text) => element("th", { scope: "col", text })));
  const body = rest.filter((line) => !notes.includes(line)).map((line) => {
    const [name, ...values] = cells(line);
    const those = values.map((text) => element("td", { text }));
    return element("tr", {}, element("th", { scope: "row", text: name }), ...those);
  });
  return element("div", { class: "wide" },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
}
