// The form of an operation: its few parameters first, and all others behind headings that open.

import { element, markRefused, refusalOf } from "./elements.js";
import { fieldOf } from "./fields.js";

const GROUPS = [
  ["Channels and details", [
    "dims", "padding-mode", "in-channels", "out-channels", "channels", "g", "bias", "flip", "rotated", "offset-groups",
    "masks", "depth-multiplier", "ceil-mode", "count-include-pad", "coordinates", "nearest-mode", "antialias",
    "cubic-coeff-a", "exclude-outside", "align-corners", "let",
  ]],
  ["Numbers and labels", ["values", "labels", "decimals", "seed", "input", "kernel", "grad", "shades", "bars"]],
  ["Motion", [
    "motion", "step-time", "hold", "hold-first", "loop", "fps", "easing", "steps", "every", "still", "order", "reveal",
  ]],
  ["Looks", ["view", "matrix", "theme", "background", "caption", "caption-text", "legend", "language", "classic", "width", "height"]],
];
const [LOOKS] = GROUPS.at(-1);
const FIRST = ["part", "field", "effective", "method", "from", "to", "layer", "model"];

/** Parameters that have a place of their own on the page, and one that the page shows nothing of. */
const ELSEWHERE = ["exercise", "ids"];

export class Form {
  #fields = new Map();
  #command = "";

  /**
   * @param {import("./table.js").Table} table
   * @param {(name: string, value: string | null, stage: import("./fields.js").Stage) => void} changed
   */
  constructor(table, changed) {
    this.table = table;
    this.changed = changed;
    this.node = element("div", { class: "form" });
  }

  /**
   * Show the parameters of a command.
   * @param {string} command
   * @param {Record<string, string | string[]>} values
   */
  show(command, values) {
    if (command !== this.#command) this.#build(command);
    for (const [name, field] of this.#fields) field.set(values[name]);
  }

  #build(command) {
    const open = new Set([...this.node.querySelectorAll("details[open]")].map((one) => one.dataset.title));
    const groups = new Map([["", []], ...GROUPS.map(([title]) => [title, []])]);
    this.#command = command;
    this.#fields = new Map();
    for (const its of this.table.fields(command)) {
      if (ELSEWHERE.includes(its.name)) continue;
      const field = fieldOf(its, (value, stage) => this.changed(its.name, value, stage));
      this.#fields.set(its.name, field);
      groups.get(groupOf(its)).push([its.name, field.node]);
    }
    const [[, first], ...rest] = [...groups].map(([title, fields]) => [title, inOrder(title, fields)]);
    this.node.replaceChildren(
      element("fieldset", { class: "first" }, element("legend", { class: "heard", text: "Parameters" }), ...first),
      ...rest.filter(([, nodes]) => nodes.length).map(([title, nodes]) =>
        element("details", { "data-title": title, open: open.has(title) }, element("summary", { text: title }),
          element("fieldset", {}, element("legend", { class: "heard", text: title }), ...nodes))),
    );
  }

  /** Put a refusal at the field that it is about; false if there is none. */
  refuse(refusal, take) {
    const field = this.#fields.get(refusal.option);
    if (!field) return false;
    const message = refusalOf(refusal, take);
    field.node.append(message);
    markRefused(field.control, message);
    const hidden = field.node.closest("details");
    if (hidden) hidden.open = true;
    return true;
  }
}

/** Fields in the order in which their group names them, and the others behind them. */
function inOrder(title, fields) {
  const names = GROUPS.find(([known]) => known === title)?.[1] ?? [];
  const place = ([name]) => (names.includes(name) ? names.indexOf(name) : names.length);
  return fields.sort((one, other) => place(one) - place(other)).map(([, node]) => node);
}

function groupOf({ name, of_layer: isOfLayer }) {
  const found = GROUPS.find(([, names]) => names.includes(name));
  if (found) return found[0];
  return isOfLayer || FIRST.includes(name) ? "" : LOOKS;
}
