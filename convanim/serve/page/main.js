// The page: one panel or two, and the address after "#" that says what they show.

import { hashOf, shownIn } from "./addresses.js";
import { element } from "./elements.js";
import { Panel } from "./panel.js";
import { followScheme } from "./scheme.js";
import { askData } from "./server.js";
import { Table } from "./table.js";

const MOST = 2;
const START = "#/conv?i=5&k=3&p=1";
const PAUSE = 600;

const EXAMPLES = [
  ["Convolution", START],
  ["Dilated", "#/conv?i=7&k=3&d=2"],
  ["Transposed", "#/conv-transpose?i=3&k=3&s=2&p=1"],
  ["Max pooling", "#/max-pool?i=6&k=2"],
  ["Keras", "#/layer?code=keras.layers.Conv2D(1,+3,+strides%3D2,+padding%3D'same',+use_bias%3DFalse)&i=6"],
  ["Chain", "#/chain?layer=conv+k3&layer=max-pool+k2&i=8"],
  ["Residual", "#/chain?layer=conv+k3+p1&layer=conv+k3+p1&layer=add+input&i=5"],
  ["Sobel", "#/conv?i=6&k=3&kernel=sobel-x&view=flat"],
  ["Gradients", "#/backward/conv?i=4&k=3"],
];

const $ = (id) => document.getElementById(id);

class Page {
  panels = [];
  #isOpen = false;
  #timer = 0;

  constructor(table) {
    this.table = table;
    this.host = $("panels");
    $("examples").append(...EXAMPLES.map(([text, href]) => element("a", { class: "chip", href, text })));
    this.add = $("add");
    this.add.addEventListener("click", () => this.#add());
    this.both = $("both");
    window.addEventListener("popstate", () => this.#read());
    this.host.addEventListener("told", () => this.#told());
    followScheme($("scheme"), () => this.panels.forEach((panel) => panel.refresh()));
    this.#read();
  }

  /** Show what the address says; a panel that shows it already stays as it is. */
  #read() {
    const all = shownIn(location.hash).filter(({ command }) => this.table.has(command)).slice(0, MOST);
    if (!all.length) all.push(...shownIn(START));
    this.#close();
    while (this.panels.length > all.length) this.#drop(this.panels.at(-1));
    while (this.panels.length < all.length) this.#make();
    this.panels.forEach((panel, place) => {
      if (hashOf([panel.shown]) !== hashOf([all[place]])) panel.set(all[place]);
    });
    this.#arrange();
  }

  #make() {
    const panel = new Panel(this.table, (isDone) => this.#changed(isDone), (one) => {
      this.#drop(one);
      this.#arrange();
      this.#changed(true);
    });
    this.panels.push(panel);
    this.host.append(panel.node);
    return panel;
  }

  #drop(panel) {
    this.panels.splice(this.panels.indexOf(panel), 1);
    panel.node.remove();
  }

  #add() {
    const panel = this.#make();
    panel.set(structuredClone(this.panels[0].plain));
    this.#arrange();
    this.#changed(true);
    panel.box.control.focus();
  }

  #arrange() {
    const isTwo = this.panels.length === MOST;
    this.host.classList.toggle("two", isTwo);
    this.add.hidden = isTwo;
    this.panels.forEach((panel, place) => {
      panel.remove.hidden = !isTwo;
      panel.node.setAttribute("aria-label", isTwo ? `Layer ${place + 1}` : "Layer");
    });
    this.#told();
  }

  #told() {
    this.panels.forEach((panel, place) => {
      const words = [`Layer ${place + 1}`, panel.heading.textContent].filter(Boolean);
      panel.name.textContent = this.panels.length > 1 ? words.join(": ") : "";
    });
    const shorts = this.panels.map((panel) => panel.short);
    this.both.hidden = this.panels.length < MOST || shorts.includes(null);
    if (!this.both.hidden) {
      const layer = shorts.map(({ text }) => text);
      this.both.href = hashOf([{ command: "compare", values: { layer, i: shorts[0].size } }]);
    }
    const titles = this.panels.map((panel) => panel.heading.textContent).filter(Boolean);
    document.title = [...titles.slice(0, 1), "convanim"].join(" – ");
  }

  /** Write the address; all steps of one change are one entry of the history. */
  #changed(isDone) {
    const hash = hashOf(this.panels.map((panel) => panel.shown));
    if (hash !== location.hash) {
      const way = this.#isOpen ? "replaceState" : "pushState";
      history[way](null, "", hash);
      this.#isOpen = true;
    }
    clearTimeout(this.#timer);
    if (isDone) this.#close();
    else this.#timer = setTimeout(() => this.#close(), PAUSE);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#isOpen = false;
  }
}

const { data, refusal } = await askData("/parameters.json");
if (refusal) $("panels").append(element("p", { class: "refusal", text: refusal.error }));
else new Page(new Table(data));
