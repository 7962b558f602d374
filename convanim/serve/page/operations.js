// The choice of an operation, of gradients, or of a well-known picture.

import { element, freshId } from "./elements.js";

export class OperationChoice {
  /**
   * @param {import("./table.js").Table} table
   * @param {(choice: string) => void} chosen a command, or "preset/" and a name
   */
  constructor(table, chosen) {
    const id = freshId("operation");
    this.table = table;
    this.control = element("select", { id, change: () => chosen(this.control.value) },
      ...table.groups().map(([title, own]) => element("optgroup", { label: title },
        ...own.map(([value, text]) => element("option", { value, text })))));
    this.other = element("option");
    this.node = element("div", { class: "field choice operation" },
      element("label", { for: id, text: "Operation" }), this.control);
  }

  /** Show what is drawn, also where it can only be written. */
  show(choice) {
    this.other.remove();
    if (![...this.control.options].some((option) => option.value === choice)) {
      this.other.value = choice;
      this.other.textContent = this.table.titleOf(choice);
      this.control.prepend(this.other);
    }
    this.control.value = choice;
  }
}
