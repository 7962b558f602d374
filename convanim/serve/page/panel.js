// One layer on the page: its box, its form, its picture and its words, which follow each other.

import { explainAddress, fileAddress, withoutExercise } from "./addresses.js";
import { Box } from "./box.js";
import { element, markRefused, refusalOf, withoutRefusals } from "./elements.js";
import { factsOf } from "./facts.js";
import { Form } from "./form.js";
import { Numbers, resized } from "./numbers.js";
import { OperationChoice } from "./operations.js";
import { Picture } from "./picture.js";
import { groundLooks } from "./scheme.js";
import { ask, askData, Latest } from "./server.js";
import { Taking } from "./taking.js";
import { meanings, textOf } from "./writing.js";

const DEBOUNCE = 60;

/** How long who types is left alone with what is not yet whole. */
const LENIENCE = 500;
const GRADIENTS = "backward ";

/** What an operation takes from the one before it, if it can. */
const SHARED = ["i", "dims", "k", "s", "p", "d"];
const SIZE_OF = { i: "input", k: "kernel" };

export class Panel {
  #latest = new Latest();
  #told = null;
  #unread = null;
  #fallback = null;
  #timer = 0;
  #refusing = 0;
  #isTyping = false;
  #isRefused = false;

  /**
   * @param {import("./table.js").Table} table
   * @param {(isDone: boolean) => void} changed is called when there is something else to show
   * @param {(panel: Panel) => void} remove
   */
  constructor(table, changed, remove) {
    this.table = table;
    this.changed = changed;
    this.shown = { command: "conv", values: {} };
    this.picture = new Picture();
    this.box = new Box(table.data.frameworks, (text, isDone) => this.#type(text, isDone), () => this.#fillBox());
    this.operations = new OperationChoice(table, (command) => this.#choose(command));
    this.form = new Form(table, (name, value, stage) => this.change({ [name]: value }, stage));
    this.numbers = new Numbers(table.data.kernels, (name, value, stage) => this.#edit(name, value, stage),
      () => this.#shuffle(), () => this.change({ bias: null }));
    this.taking = new Taking(table);
    this.words = element("div", { class: "facts" });
    this.heading = element("h2", { class: "heard" });
    this.heard = element("p", { class: "heard", "aria-live": "polite" });
    this.exercise = this.#exercise();
    this.remove = element("button", { type: "button", class: "remove", text: "Remove", click: () => remove(this) });
    this.name = element("p", { class: "name" });
    const stage = element("div", { class: "stage" },
      element("div", { class: "row top" }, this.name, this.remove), this.heading, this.picture.node,
      element("div", { class: "row under" }, this.taking.downloads, ...(this.exercise ? [this.exercise.node] : [])),
      this.taking.said, this.heard);
    const side = element("div", { class: "side" }, this.box.node, this.operations.node, this.form.node);
    const below = element("div", { class: "below" },
      element("section", { class: "words" }, element("h3", { text: "What it does" }), this.words),
      element("div", { class: "more" }, this.numbers.node, this.taking.node));
    this.node = element("article", { class: "panel" }, side, stage, below);
  }

  /** Show what an address says. */
  set(shown) {
    this.shown = shown;
    this.#unread = null;
    this.#fallback = null;
    this.#told = null;
    this.#isTyping = false;
    this.box.keep(textOf(shown));
    this.refresh();
  }

  /** The short form of the one layer that is shown, and its input size, or null where there is none. */
  get short() {
    const size = this.#told?.form?.values["input-size"];
    return !this.#isRefused && this.#told?.short && size ? { text: this.#told.short, size } : null;
  }

  /** What is shown, without what only an exercise adds. */
  get plain() {
    return withoutExercise(this.shown);
  }

  /**
   * Set parameters, or leave out those that are null.
   * @param {Record<string, string | null>} changes
   * @param {import("./fields.js").Stage} stage
   */
  change(changes, stage = "done") {
    if (Object.entries(changes).every(([name, value]) => (this.shown.values[name] ?? null) === value)) {
      this.#finish(stage);
      return;
    }
    const names = Object.keys(changes);
    const { command } = this.shown;
    const isDirect = names.every((name) => {
      const its = this.table.parameter(command, name);
      return its && (!its.of_layer || name === "i" || this.#displayed().command === command);
    });
    if (!isDirect) {
      // What was written in the box becomes parameters, of which one is another now.
      this.shown = this.#displayed();
    }
    const values = { ...this.shown.values };
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) delete values[name];
      else values[name] = value;
      this.#fitNumbers(name, value, values);
    }
    this.shown = { command: this.shown.command, values: this.table.ordered(this.shown.command, values) };
    this.#unread = null;
    this.#fallback = null;
    if (textOf(this.shown) === null) this.box.release();
    this.#isTyping = stage === "typing";
    this.changed(stage === "done");
    this.refresh(stage === "typing" ? DEBOUNCE : 0);
  }

  /** Ask for the picture and the words, and show them. */
  refresh(delay = 0) {
    clearTimeout(this.#timer);
    clearTimeout(this.#refusing);
    this.#refusing = 0;
    const go = () => this.#latest.do((signal) => this.#draw(signal));
    if (delay) this.#timer = setTimeout(go, delay);
    else go();
  }

  /** Cells that are given keep their numbers where they change their size; names of kernels have a size of their own. */
  #fitNumbers(name, value, values) {
    const given = SIZE_OF[name];
    if (!given || typeof values[given] !== "string") return;
    const sizes = /^\d+(x\d+)?$/.test(value ?? "") ? value.split("x").map(Number) : null;
    const made = sizes && Math.max(...sizes) <= 20 ? resized(values[given], [sizes[0], sizes.at(-1)]) : null;
    if (made) values[given] = made;
    else if (!["box", "gaussian", "identity"].includes(values[given])) delete values[given];
  }

  #edit(name, value, stage) {
    const isName = name === "kernel" && value in this.table.data.kernels;
    const { values } = this.#displayed();
    // A kernel that is named has three rows and columns, or scales to those that are asked for.
    this.change({ ...(isName && values.k !== "3" ? { k: "3" } : {}), ...this.#legible(), [name]: value }, stage);
  }

  /** The view in which numbers on two axes are largest, unless another is chosen. */
  #legible() {
    const { command, values } = this.#displayed();
    const isPlain = this.#told?.numbers?.input?.axes === 2 && this.table.parameter(command, "view");
    return isPlain && !command.startsWith(GRADIENTS) && !values.view ? { view: "flat" } : {};
  }

  #shuffle() {
    const seed = String(Number(this.shown.values.seed ?? 0) + 1);
    this.change({ input: null, kernel: null, seed, values: "1", ...this.#legible() });
  }

  #type(text, isDone) {
    if (isDone) {
      this.#finish("done");
      return;
    }
    if (!text.trim()) return;
    this.#unread = text;
    this.#fallback = null;
    this.#isTyping = true;
    this.refresh(DEBOUNCE);
  }

  /** End a change; what is on the page stays, since whoever leaves a field may be about to press a button there. */
  #finish(stage) {
    if (stage !== "done") return;
    this.#isTyping = false;
    this.changed(true);
    if (this.#refusing) this.refresh();
  }

  #choose(choice) {
    const before = this.#displayed().values;
    const [command, name] = choice.split("/");
    const looks = this.table.looks(command, before);
    this.#unread = null;
    this.#fallback = null;
    if (name) {
      this.shown = { command, values: { name } };
    } else if (["chain", "compare"].includes(command)) {
      const first = this.short?.text ?? "conv k3 p1";
      const layer = command === "chain" ? [first, "max-pool k2"] : [first, "conv-transpose k3"];
      this.shown = { command, values: { layer, i: before.i ?? "7", ...looks } };
    } else {
      const shared = Object.fromEntries(Object.entries(before).filter(([one]) => SHARED.includes(one)));
      const starts = this.table.starts(command);
      this.#fallback = { command, values: { ...starts, ...looks } };
      this.shown = { command, values: { ...starts, ...this.table.kept(command, shared), ...looks } };
    }
    this.box.keep(textOf(this.shown));
    this.#told = null;
    this.#isTyping = false;
    this.changed(true);
    this.refresh();
  }

  /** What the form shows: the parameters of the one layer, whatever way it was written. */
  #displayed() {
    const { command, values } = this.shown;
    const form = this.#told?.form;
    if (!form) return this.shown;
    const own = command.startsWith(GRADIENTS) ? `${GRADIENTS}${form.command}` : form.command;
    if (!this.table.has(own)) return this.shown;
    const named = this.table.named(own, form.values);
    if (own === command) return { command, values: { ...named, ...values } };
    return { command: own, values: { ...named, ...this.table.beside(own, values) } };
  }

  async #draw(signal) {
    let asked = null;
    if (this.#unread !== null) {
      asked = await this.#read(this.#unread, signal);
      if (this.#latest.isStale) return;
      this.#unread = null;
      this.changed(false);
    }
    const shown = this.shown;
    const address = fileAddress(shown, "html", groundLooks(shown));
    const [page, told] = await Promise.all([
      asked?.refusal ? { refusal: asked.refusal } : ask(address, { signal }),
      asked ?? askData(explainAddress(this.plain), { signal }),
    ]);
    const refusal = told.refusal ?? page.refusal;
    if (refusal && this.#fallback) {
      this.shown = this.#fallback;
      this.#fallback = null;
      this.changed(true);
      return this.#draw(signal);
    }
    // Between two steps of a slider only the picture follows, lest the form jump back.
    const isStale = this.#latest.isStale;
    if (!isStale && refusal && this.#isTyping) this.#refuseLater(told, refusal);
    else if (!isStale) this.#tell(told, refusal);
    if (page.text && !refusal) await this.picture.show(address, page.text, told.data.title);
  }

  /** Find out what a text means, and keep the looks that there are. */
  async #read(text, signal) {
    const { command, values } = this.#displayed();
    const where = { size: values.i, isBackward: command.startsWith(GRADIENTS) };
    const dims = values.dims === undefined ? {} : { dims: values.dims };
    let answer;
    for (const meant of meanings(text, where)) {
      const kept = { ...this.table.kept(meant.command, dims), ...this.table.looks(meant.command, values) };
      this.shown = { command: meant.command, values: { ...meant.values, ...kept } };
      answer = await askData(explainAddress(this.plain), { signal });
      if (answer.refusal?.option !== "i") break;
    }
    if (this.#latest.isStale || !answer.data) return answer;
    this.#told = answer.data;
    if (this.shown.command !== "chain" || !answer.data.form) return answer;
    this.shown = this.#displayed();
    return askData(explainAddress(this.plain), { signal });
  }

  #tell(told, refusal) {
    withoutRefusals(this.node);
    this.#isRefused = Boolean(refusal);
    this.node.classList.toggle("refused", this.#isRefused);
    if (told.data) {
      this.#told = told.data;
      this.node.classList.add("told");
      const { title, alt, says, notes, numbers } = told.data;
      this.heading.textContent = title;
      this.words.replaceChildren(element("p", { class: "alt", text: alt }),
        ...notes.map((text) => element("p", { class: "note", text })), ...factsOf(says));
      this.numbers.show(numbers, this.shown.values.kernel, this.#isBiasInTheWay());
      this.taking.show(this.shown, told.data);
      this.#fillBox();
    }
    if (this.exercise) this.exercise.control.checked = this.shown.values.exercise === "1";
    const isKnown = told.data || this.table.parameter(this.shown.command, refusal?.option ?? "");
    if (isKnown || textOf(this.shown) === null) {
      const { command, values } = this.#displayed();
      this.form.show(command, values);
      this.operations.show(this.shown.command === "preset" ? `preset/${this.shown.values.name}` : command);
    }
    const take = (change) => this.change(change);
    if (refusal && !(isKnown && this.form.refuse(refusal, take))) this.#refuseAtBox(refusal, take);
    if (refusal) this.picture.dim(refusal.error);
    this.heard.textContent = refusal ? refusal.error : told.data.title;
    this.node.dispatchEvent(new CustomEvent("told", { bubbles: true }));
  }

  #refuseLater(told, refusal) {
    this.#refusing = setTimeout(() => {
      this.#refusing = 0;
      this.#tell(told, refusal);
    }, LENIENCE);
  }

  #isBiasInTheWay() {
    const values = this.#told.form?.values ?? {};
    return values.bias === "true" && !("in-channels" in values) && !("out-channels" in values);
  }

  #refuseAtBox(refusal, take) {
    const message = refusalOf(refusal, take);
    this.box.node.append(message);
    markRefused(this.box.control, message);
  }

  #fillBox() {
    if (this.#told) this.box.show(this.#told, textOf(this.shown));
  }

  #exercise() {
    if (!this.table.data.parameters.some((one) => one.name === "exercise")) return null;
    const control = element("input", { type: "checkbox", role: "switch",
      change: () => this.change(control.checked ? { exercise: "1", ...this.#legible() } : { exercise: null }) });
    return { control, node: element("label", { class: "inline switch" }, control, " Exercise: guess each value first") };
  }
}
