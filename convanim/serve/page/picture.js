// The animated picture: a page of its own in a frame, of which the next is loaded behind the one that is seen.

import { element } from "./elements.js";

/** What the page in the frame needs beside its picture, in its own pixels: usually, with an exercise, and a line. */
const BAR = 172;
const ASKING = 320;
const LINE = 21;
const MARGIN = 16;
const LETTER = 8;
const MOST_LETTERS = 70;
const MOST_LINES = 12;

/** How much higher its controls are where they break into several rows. */
const NARROW = [[320, 96], [520, 50]];

const LEAST = 300;
const PLAIN = 15.5;

/** The part of the window that a picture may take, by the least width that it has. */
const PARTS = [[700, 0.78], [560, 0.66], [0, 1.1]];

export class Picture {
  #shape = 4 / 3;
  #letters = 0;
  #bar = BAR;
  #frame = null;
  #coming = null;

  constructor() {
    this.over = element("p", { class: "over", "aria-hidden": "true", hidden: true });
    this.node = element("div", { class: "picture" }, this.over);
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
    return new Promise((done) => {
      coming.addEventListener("load", () => {
        if (coming !== this.#coming) return done();
        this.#coming = null;
        this.#read(page);
        // A frame that is shown for the first time paints a moment later than it has loaded.
        requestAnimationFrame(() => {
          const had = document.activeElement === this.#frame && this.#frame;
          this.#frame?.remove();
          this.#frame = coming;
          coming.classList.remove("coming");
          coming.removeAttribute("tabindex");
          this.node.classList.remove("stale");
          this.over.hidden = true;
          this.#fit();
          this.node.dataset.shown = address;
          if (had) coming.focus();
          done();
        });
      }, { once: true });
      this.node.append(coming);
      this.#fit();
    });
  }

  /** Dim what is shown, since it is not what is asked for, and say why over it. */
  dim(why) {
    this.#coming?.remove();
    this.#coming = null;
    this.node.classList.add("stale");
    this.over.textContent = why;
    this.over.hidden = false;
  }

  #read(page) {
    const [, width, height] = /class="cells" viewBox="0 0 (\d+) (\d+)"/.exec(page) ?? [null, 4, 3];
    this.#shape = Number(width) / Number(height);
    this.#bar = page.includes('id="answer"') ? ASKING : BAR;
    this.node.style.background = /--page:(#[0-9a-f]{6})/.exec(page)?.[1] ?? "";
    try {
      const { steps } = JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)[1]);
      this.#letters = Math.max(...steps.map(({ said, sum }) => said.length + (sum ?? "").length));
    } catch {
      // A page that says it otherwise gets the usual room.
      this.#letters = 0;
    }
  }

  /** Give the frame the size that its page needs, larger on larger screens, as all else on this page. */
  #fit() {
    const scale = Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / PLAIN);
    const width = this.node.clientWidth / scale;
    const lines = Math.ceil(this.#letters / Math.min(MOST_LETTERS, (width - MARGIN) / LETTER));
    // An exercise has fewer controls, which fit into one row.
    const rows = this.#bar === BAR ? NARROW.find(([most]) => width < most)?.[1] ?? 0 : 0;
    const more = rows + LINE * (lines > 2 ? Math.min(lines, MOST_LINES) - 1 : 0);
    const part = PARTS.find(([least]) => width >= least)[1];
    const most = Math.max(420, (window.innerHeight / scale) * part) + more + this.#bar - BAR;
    const wanted = (width - MARGIN) / this.#shape + this.#bar + more;
    const height = Math.round(Math.max(LEAST, Math.min(wanted, most)));
    // The page makes its picture as high as the frame lets it, and knows nothing of more than two lines of text.
    const needed = (height - this.#bar - more) * this.#shape + MARGIN;
    const own = Math.round(more ? Math.min(width, Math.max(needed, 600)) : width);
    this.node.style.height = `${Math.round(height * scale)}px`;
    for (const frame of this.node.querySelectorAll("iframe")) {
      frame.style.width = `${own}px`;
      frame.style.height = `${height}px`;
      frame.style.left = `${Math.round(((width - own) / 2) * scale)}px`;
      frame.style.transform = scale > 1 ? `scale(${scale})` : "";
    }
  }
}
