// The animated picture: a page of its own in a frame, of which the next is loaded behind the one that is seen.

import { element } from "./elements.js";

const BAR = 172;
const NARROW = [[380, 96], [560, 48]];
const MARGIN = 16;
const LEAST = 300;

/** The part of the window that a picture may take, by the least width that it has. */
const PARTS = [[700, 0.78], [560, 0.66], [0, 0.86]];

export class Picture {
  #shape = 1;
  #frame = null;
  #coming = null;

  constructor() {
    this.node = element("div", { class: "picture" });
    new ResizeObserver(() => this.#fit()).observe(this.node);
    window.addEventListener("resize", () => this.#fit());
  }

  /**
   * Show the page at an address once it is loaded; what was coming before does not come any more.
   * @param {string} address
   * @param {string} page its content, which says its proportions
   * @param {string} title
   */
  show(address, page, title) {
    this.#coming?.remove();
    const coming = element("iframe", {
      class: "coming", sandbox: "allow-scripts allow-downloads", title, src: address, tabindex: "-1",
    });
    this.#coming = coming;
    const [, width, height] = /class="cells" viewBox="0 0 (\d+) (\d+)"/.exec(page) ?? [null, 4, 3];
    return new Promise((done) => {
      coming.addEventListener("load", () => {
        if (coming !== this.#coming) return done();
        this.#coming = null;
        this.#shape = Number(width) / Number(height);
        this.#fit();
        // A frame that is shown for the first time paints a moment later than it has loaded.
        requestAnimationFrame(() => {
          const had = document.activeElement === this.#frame && this.#frame;
          this.#frame?.remove();
          this.#frame = coming;
          coming.classList.remove("coming");
          coming.removeAttribute("tabindex");
          this.node.classList.remove("stale");
          this.node.dataset.shown = address;
          if (had) coming.focus();
          done();
        });
      }, { once: true });
      this.node.append(coming);
    });
  }

  /** Dim what is shown, since it is not what is asked for. */
  dim() {
    this.#coming?.remove();
    this.#coming = null;
    this.node.classList.add("stale");
  }

  #fit() {
    const width = this.node.clientWidth;
    const more = NARROW.find(([most]) => width < most)?.[1] ?? 0;
    const wanted = (width - MARGIN) / this.#shape + BAR + more;
    const most = Math.max(420, window.innerHeight * PARTS.find(([least]) => width >= least)[1]);
    this.node.style.height = `${Math.round(Math.max(LEAST, Math.min(wanted, most)))}px`;
  }
}
