// What can be taken along: files in every format and for every place, and lines to copy.

import { fileAddress, withoutExercise } from "./addresses.js";
import { element } from "./elements.js";
import { ask } from "./server.js";

const MOMENT = 1600;

/** Copy a text, also where the page comes without encryption and the browser hides its clipboard. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", { class: "heard" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export class Taking {
  #shown = null;
  #told = null;

  /** @param {import("./table.js").Table} table */
  constructor(table) {
    const { formats, places } = table.data;
    this.said = element("p", { class: "soft said", role: "status" });
    this.saidOfPlace = element("p", { class: "soft said", role: "status" });
    const links = Object.entries(formats).map(([suffix, { name, about }]) =>
      element("a", { class: "chip", "data-suffix": suffix, title: about, text: name, click: (event) => {
        event.preventDefault();
        this.#download(this.#address(suffix), `${this.#told.stem}.${suffix}`, name, this.said);
      } }));
    this.links = links;
    this.place = element("select", { "aria-label": "Place" },
      ...Object.entries(places).map(([name, about]) => element("option", { value: name, text: `${name}: ${about}` })));
    const forPlace = element("button", { type: "button", text: "Download", click: () => {
      const place = this.place.value;
      const address = fileAddress(withoutExercise(this.#shown), "zip", { for: place });
      this.#download(address, `${this.#told.stem}-${place}.zip`, place, this.saidOfPlace);
    } });
    this.copies = element("div", { class: "row" });
    const name = element("span", { class: "soft", text: "Download" });
    this.downloads = element("div", { class: "downloads", role: "group", "aria-label": "Download" }, name, ...links);
    this.node = element("section", { class: "taking" }, element("h3", { text: "Take it along" }),
      element("h4", { text: "Copy" }), this.copies,
      element("h4", { text: "Files for a place" }), element("div", { class: "row" }, this.place, forPlace), this.saidOfPlace);
    this.buttons = new Map();
  }

  /** Offer what there is of a picture. */
  show(shown, told) {
    this.#shown = shown;
    this.#told = told;
    this.said.textContent = "";
    this.saidOfPlace.textContent = "";
    for (const link of this.links) {
      link.href = this.#address(link.dataset.suffix);
      link.download = `${told.stem}.${link.dataset.suffix}`;
    }
    const hosted = (text) => text.replaceAll("{host}", location.origin);
    const texts = {
      Command: told.command,
      Python: told.python,
      "Address of the picture": location.origin + told.address,
      ...Object.fromEntries(Object.entries(told.paste).map(([name, text]) => [name, hosted(text)])),
      "Link to this page": null,
    };
    for (const [name, text] of Object.entries(texts)) {
      if (!this.buttons.has(name)) this.#button(name);
      const its = this.buttons.get(name);
      its.text = text;
      its.node.hidden = text === "";
    }
  }

  #address(suffix) {
    return fileAddress(suffix === "html" ? this.#shown : withoutExercise(this.#shown), suffix);
  }

  #button(name) {
    const its = { text: null, timer: 0 };
    its.node = element("button", { type: "button", text: name, "data-copy": name, click: async () => {
      const done = await copy(its.text ?? location.href);
      its.node.textContent = done ? "Copied" : "Not copied";
      its.node.classList.toggle("done", done);
      this.said.textContent = done ? `${name}: copied.` : "This browser does not let pages copy.";
      clearTimeout(its.timer);
      its.timer = setTimeout(() => {
        its.node.textContent = name;
        its.node.classList.remove("done");
      }, MOMENT);
    } });
    this.buttons.set(name, its);
    this.copies.append(its.node);
  }

  async #download(address, name, what, said) {
    said.textContent = `${what}: being drawn …`;
    const { blob, refusal } = await ask(address, { asFile: true });
    if (refusal) {
      said.textContent = refusal.error;
      return;
    }
    const link = element("a", { href: URL.createObjectURL(blob), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    said.textContent = `${name} is downloaded.`;
  }
}
