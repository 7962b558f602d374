// The box in which a layer is written: as it was typed, or in the language that is chosen.

import { element, freshId } from "./elements.js";
import { languageOf } from "./writing.js";

const SHORT = "short";
const MOST_LINES = 12;

export class Box {
  /** What was typed, or null where the box follows the form. */
  #typed = null;

  /**
   * @param {Record<string, string>} languages the titles of the frameworks by name
   * @param {(text: string, isDone: boolean) => void} typed
   * @param {() => void} chosen is called when another language is chosen
   */
  constructor(languages, typed, chosen) {
    const id = freshId("box");
    this.hint = element("p", { class: "soft", id: `${id}-hint` });
    this.control = element("textarea", {
      id, rows: "1", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "soft",
      "aria-describedby": this.hint.id, placeholder: "nn.Conv2d(1, 1, 3, padding=1) or conv k3 p1 > max-pool k2",
      input: () => {
        this.#typed = this.control.value;
        this.language.value = languageOf(this.control.value);
        this.#grow();
        typed(this.control.value, false);
      },
      change: () => typed(this.control.value, true),
    });
    this.language = element("select", { "aria-label": "Written in", change: () => {
      this.#typed = null;
      chosen();
    } }, element("option", { value: SHORT, text: "In short" }),
    ...Object.entries(languages).map(([value, text]) => element("option", { value, text })));
    this.node = element("section", { class: "box" },
      element("div", { class: "row" }, element("label", { for: id, text: "Type or paste a layer" }), this.language),
      this.control, this.hint);
  }

  /** Keep a text that comes from an address; null makes the box follow the form. */
  keep(text) {
    this.#typed = text;
    if (text === null) return;
    this.language.value = languageOf(text);
    this.#put(text);
  }

  /** Let the box follow the form again. */
  release() {
    this.#typed = null;
  }

  /**
   * Show a layer in the language that is chosen.
   * @param {object} told what the server says of it
   * @param {string | null} own the text of layers that have no other short form
   */
  show({ short, code }, own) {
    const language = this.language.value;
    const found = code[language] ?? {};
    this.hint.textContent = found.none ? `Not in ${this.language.selectedOptions[0].text}: ${found.none}.` : "";
    this.hint.hidden = !this.hint.textContent;
    if (this.#typed !== null) {
      this.hint.hidden = true;
      return;
    }
    const isOwnShort = own !== null && languageOf(own) === SHORT;
    this.#put(language === SHORT ? short ?? (isOwnShort ? own : "") : found.code ?? "");
  }

  #put(text) {
    if (this.control.value !== text) this.control.value = text;
    this.#grow();
  }

  #grow() {
    const lines = this.control.value.split("\n").length;
    this.control.rows = Math.min(Math.max(lines, Math.ceil(this.control.value.length / 60)), MOST_LINES);
  }
}
