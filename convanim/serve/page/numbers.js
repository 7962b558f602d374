// The input and the kernel as grids of cells, edited one by one, or by a block from a spreadsheet.

import { element } from "./elements.js";

const WAYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0] };
const NAMES = { input: "Input", kernel: "Kernel" };
const RANDOM = "";
const OWN = "own";

/** Rows of numbers as an address writes them; the end of a single row says that there are two axes. */
export function written(rows, axes) {
  const text = rows.map((row) => row.join(" ")).join(";");
  return rows.length === 1 && axes === 2 ? `${text};` : text;
}

/** Rows of a size, with those numbers that there are, and zeros. */
export function resized(text, [height, width]) {
  const rows = text.split(";").filter((row) => row.trim()).map((row) => row.trim().split(/[\s,]+/));
  if (rows.flat().some((one) => !Number.isFinite(Number(one)))) return null;
  const made = Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => rows[row]?.[column] ?? "0"));
  return written(made, 2);
}

function numberIn(text) {
  const plain = text.trim().replace(",", ".").replace("−", "-");
  return plain !== "" && Number.isFinite(Number(plain)) ? String(Number(plain)) : null;
}

export class Numbers {
  #grids = new Map();

  /**
   * @param {Record<string, string>} kernels the names of kernels, and what they do
   * @param {(name: string, value: string | null, stage: import("./fields.js").Stage) => void} changed
   * @param {() => void} again asks for other random numbers
   * @param {() => void} withoutBias asks for the same layer without its bias
   */
  constructor(kernels, changed, again, withoutBias) {
    this.kernels = kernels;
    this.changed = changed;
    this.why = element("p", { class: "soft" });
    this.parts = element("div", { class: "grids" });
    this.random = element("button", { type: "button", text: "Other random numbers", click: again });
    this.bias = element("button", { type: "button", text: "Leave out the bias", click: withoutBias });
    const row = element("div", { class: "row" }, this.random, this.bias);
    this.node = element("section", { class: "numbers" }, element("h3", { text: "Cells" }), this.why, this.parts, row);
  }

  /**
   * Show numbers.
   * @param {Record<string, {rows: string[][], axes: number, given: boolean}> | null} numbers
   * @param {string | undefined} kernel the weights as they are given, which may be a name
   * @param {boolean} isBiasInTheWay whether there would be numbers without the bias
   */
  show(numbers, kernel, isBiasInTheWay) {
    this.bias.hidden = numbers !== null || !isBiasInTheWay;
    this.random.hidden = numbers === null;
    this.parts.hidden = numbers === null;
    this.why.textContent = numbers === null
      ? "Single cells can be edited for one layer with one channel and without a bias, of at most 400 cells."
      : "Type a number, or paste rows from a spreadsheet; arrow keys go from cell to cell.";
    if (numbers === null) return;
    for (const name of [...this.#grids.keys()].filter((one) => !(one in numbers))) {
      this.#grids.get(name).node.remove();
      this.#grids.delete(name);
    }
    for (const [name, its] of Object.entries(numbers)) {
      const shape = `${its.rows.length}x${its.rows[0].length} ${its.axes}`;
      let grid = this.#grids.get(name);
      if (grid?.shape !== shape) {
        const made = this.#grid(name, its, shape);
        if (grid) grid.node.replaceWith(made.node);
        else this.parts.append(made.node);
        this.#grids.set(name, grid = made);
      }
      grid.fill(its);
      if (grid.choice) grid.choice.value = !its.given ? RANDOM : kernel in this.kernels ? kernel : OWN;
    }
  }

  #grid(name, { rows, axes }, shape) {
    const title = NAMES[name] ?? name;
    const cells = rows.map((row, down) => row.map((_, across) => element("input", {
      type: "text", inputmode: "decimal", autocomplete: "off", size: "1", "data-row": down, "data-column": across,
      tabindex: down || across ? "-1" : "0", "aria-label": `${title}, row ${down + 1}, column ${across + 1}`,
    })));
    const all = cells.flat();
    const texts = () => cells.map((row) => row.map((cell) => numberIn(cell.value) ?? "0"));
    const send = (stage) => this.changed(name, written(texts(), axes), stage);
    const put = (value) => {
      for (const cell of all) cell.value = value;
      send("done");
    };
    const grid = element("div", {
      class: "cells", role: "group", "aria-label": `${title}, ${rows.length} rows of ${rows[0].length}`,
      focusin: ({ target }) => {
        for (const cell of all) cell.tabIndex = cell === target ? 0 : -1;
        target.select();
      },
      input: ({ target }) => {
        const isNumber = numberIn(target.value) !== null;
        target.toggleAttribute("aria-invalid", false);
        if (isNumber) send("typing");
        else target.setAttribute("aria-invalid", "true");
      },
      change: () => send("done"),
      focusout: ({ target }) => {
        target.removeAttribute("aria-invalid");
        target.value = numberIn(target.value) ?? "0";
      },
      keydown: (event) => {
        const way = WAYS[event.key];
        if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
        const [row, column] = [Number(event.target.dataset.row), Number(event.target.dataset.column)];
        cells[row + way[0]]?.[column + way[1]]?.focus();
        event.preventDefault();
      },
      paste: (event) => {
        const block = blockIn(event.clipboardData.getData("text"));
        if (block.flat().length < 2) return;
        event.preventDefault();
        const [row, column] = [Number(event.target.dataset.row), Number(event.target.dataset.column)];
        block.forEach((line, down) => line.forEach((value, across) => {
          const cell = cells[row + down]?.[column + across];
          if (cell) cell.value = value;
        }));
        send("done");
      },
    });
    grid.style.setProperty("--columns", rows[0].length);
    grid.append(...all);
    const choice = name === "kernel" && this.#names();
    const clear = element("button", { type: "button", text: "Clear", click: () => this.changed(name, null, "done") });
    const row = element("div", { class: "row" },
      ...(choice ? [element("label", { class: "inline" }, "Weights ", choice)] : []),
      element("button", { type: "button", text: "Zeros", click: () => put("0") }),
      element("button", { type: "button", text: "Ones", click: () => put("1") }), clear);
    const legend = element("legend", { text: `${title}, ${rows.length}×${rows[0].length}` });
    const node = element("fieldset", { class: `grid ${name}` }, legend,
      element("div", { class: "wide" }, grid), row);
    const fill = (its) => {
      clear.disabled = !its.given;
      grid.classList.toggle("given", its.given);
      cells.forEach((line, down) => line.forEach((cell, across) => {
        if (document.activeElement !== cell) cell.value = its.rows[down][across];
        else if (Number(numberIn(cell.value)) !== Number(its.rows[down][across]) && !cell.hasAttribute("aria-invalid")) {
          cell.value = its.rows[down][across];
        }
      }));
    };
    return { node, shape, fill, choice };
  }

  #names() {
    const choice = element("select", {
      change: () => {
        if (choice.value === RANDOM) this.changed("kernel", null, "done");
        else if (choice.value !== OWN) this.changed("kernel", choice.value, "done");
      },
    }, element("option", { value: RANDOM, text: "random" }), element("option", { value: OWN, text: "as typed" }),
    ...Object.entries(this.kernels).map(([value, about]) => element("option", { value, text: value, title: about })));
    return choice;
  }
}

function blockIn(text) {
  const lines = text.trim().split(/\r?\n|;/).filter((line) => line.trim());
  return lines.map((line) => {
    const parts = line.includes("\t") ? line.split("\t") : line.trim().split(/\s+|,\s*/);
    return parts.map((part) => numberIn(part) ?? "0");
  });
}
