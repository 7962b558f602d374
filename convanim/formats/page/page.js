"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const find = (selector) => [...document.querySelectorAll(selector)];
  const say = document.getElementById("say");
  const play = document.getElementById("play");
  const scrub = document.getElementById("scrub");
  const speed = document.getElementById("speed");
  const loop = document.getElementById("loop");
  const count = document.getElementById("count");
  const polygons = find(".cells polygon");
  const last = data.steps.length - 1;
  const starts = [0];
  for (const step of data.steps) starts.push(starts.at(-1) + step.time);

  let time = 0;
  let playing = false;
  let before = null;
  let rounds = 0;
  let most = data.plays;
  let ended = false;
  let pinned = null;
  let shown = null;
  let focused = null;

  const groups = find("[data-from]").map((node) => ({
    node, from: Number(node.dataset.from), to: Number(node.dataset.to), way: node.dataset.way !== undefined,
  }));
  const ways = new Map();

  function stepAt(moment) {
    let low = 0;
    while (low < last && starts[low + 1] <= moment) low += 1;
    return low;
  }

  function ease(part) {
    const [x1, y1, x2, y2] = data.easing;
    const curve = (a, b, t) => 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t * t * b + t ** 3;
    let low = 0;
    let high = 1;
    for (let round = 0; round < 24; round += 1) {
      const middle = (low + high) / 2;
      if (curve(x1, x2, middle) < part) low = middle;
      else high = middle;
    }
    return curve(y1, y2, low);
  }

  function partAt(step, moment) {
    const left = starts[step + 1] - moment;
    return step < last && data.glide > 0 && left < data.glide ? ease(1 - left / data.glide) : 0;
  }

  const numbers = (text) => text.match(/-?\d+(\.\d+)?/g).map(Number);

  function move(node, part) {
    if (!ways.has(node)) {
      ways.set(node, [...node.querySelectorAll("[data-by], [data-to-path]")].map((one) => one.dataset.by
        ? { one, by: numbers(one.dataset.by) }
        : { one, path: one.getAttribute("d"), from: numbers(one.getAttribute("d")), to: numbers(one.dataset.toPath) }));
    }
    for (const { one, by, path, from, to } of ways.get(node)) {
      if (by) {
        one.setAttribute("transform", `translate(${by[0] * part} ${by[1] * part})`);
      } else {
        let at = -1;
        const next = () => { at += 1; return (from[at] + (to[at] - from[at]) * part).toFixed(1); };
        one.setAttribute("d", path.replace(/-?\d+(\.\d+)?/g, () => ` ${next()}`));
      }
    }
  }

  function draw(step, part) {
    for (const { node, from, to, way } of groups) {
      const seen = from <= step && step < to && (!("way" in node.dataset) || part > 0)
        && (!("moment" in node.dataset) || part === 0);
      node.classList.toggle("off", !seen);
      if (way && seen) move(node, part);
    }
  }

  function tell(step) {
    const { said, sum } = data.steps[step];
    const marked = focused !== null && !data.cells[focused].makes.length;
    const text = marked ? data.cells[focused].said : sum ? `${said} ${sum}` : said;
    if (say.textContent !== text) say.textContent = text;
    // What the picture says itself is only read aloud.
    say.classList.toggle("heard", data.written && !marked);
    count.textContent = `${step + 1} / ${last + 1}`;
    scrub.value = String(step);
    scrub.setAttribute("aria-valuetext", said);
  }

  function render() {
    const step = shown ?? stepAt(time);
    draw(step, shown === null ? partAt(step, time) : 0);
    tell(step);
  }

  function setPlaying(on) {
    playing = on;
    before = null;
    play.textContent = on ? "❚❚" : "▶";
    play.setAttribute("aria-label", on ? data.words.pause : data.words.play);
    say.setAttribute("aria-live", on ? "off" : "polite");
    if (on) {
      unpin();
      if (ended) time = 0;
      ended = false;
      requestAnimationFrame(tick);
    }
    render();
  }

  function tick(now) {
    if (!playing) return;
    if (before !== null && shown === null) time += (now - before) * Number(speed.value);
    before = now;
    if (time >= starts.at(-1)) {
      rounds += 1;
      if (loop.getAttribute("aria-pressed") !== "true" || (most > 0 && rounds >= most)) {
        time = starts.at(-1) - 0.001;
        rounds = 0;
        setPlaying(false);
        ended = true;
        return;
      }
      time %= starts.at(-1);
    }
    render();
    requestAnimationFrame(tick);
  }

  function go(step) {
    unpin();
    if (playing) setPlaying(false);
    time = starts[Math.min(Math.max(step, 0), last)];
    ended = false;
    render();
  }

  function unmark() {
    for (const node of polygons) node.classList.remove("reached");
    shown = null;
    focused = null;
  }

  function mark(index) {
    unmark();
    focused = index;
    const cell = data.cells[index];
    if (cell.makes.length) {
      shown = cell.makes.at(-1);
      render();
      return;
    }
    const reached = data.cells.filter((one) => one.makes.some((step) => cell.reads.includes(step)));
    for (const one of reached) polygons[data.cells.indexOf(one)].classList.add("reached");
    render();
  }

  function unpin() {
    if (pinned !== null) {
      polygons[pinned].classList.remove("pinned");
      polygons[pinned].setAttribute("aria-pressed", "false");
    }
    pinned = null;
    unmark();
  }

  function leave() {
    if (pinned !== null) {
      mark(pinned);
    } else {
      unmark();
      render();
    }
  }

  function pin(index) {
    const again = pinned === index;
    unpin();
    if (playing) setPlaying(false);
    if (!again) {
      pinned = index;
      polygons[index].classList.add("pinned");
      polygons[index].setAttribute("aria-pressed", "true");
      mark(index);
      if (shown !== null) time = starts[shown];
    } else {
      render();
    }
  }

  function beside(index, key) {
    const cell = data.cells[index];
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[key];
    if (!by) return null;
    const [line, way] = by[0] ? ["column", "row"] : ["row", "column"];
    const side = by[0] + by[1];
    const ahead = (one) => (one[way] - cell[way]) * side;
    const found = data.cells
      .map((one, number) => ({ one, number }))
      .filter(({ one }) => one.plane === cell.plane && one[line] === cell[line] && ahead(one) > 0)
      .sort((a, b) => ahead(a.one) - ahead(b.one));
    return found.length ? found[0].number : index;
  }

  function focus(index) {
    const { plane } = data.cells[index];
    data.cells.forEach((one, number) => {
      if (one.plane === plane) polygons[number].setAttribute("tabindex", number === index ? "0" : "-1");
    });
    polygons[index].focus();
  }

  polygons.forEach((node, index) => {
    node.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") mark(index); });
    node.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") leave(); });
    node.addEventListener("focus", () => { if (node.matches(":focus-visible")) mark(index); });
    node.addEventListener("blur", leave);
    node.addEventListener("click", () => pin(index));
    node.addEventListener("keydown", (event) => {
      const next = beside(index, event.key);
      if (next !== null) {
        focus(next);
      } else if (event.key === "Enter" || event.key === " ") {
        pin(index);
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });
  });

  const keys = {
    " ": () => setPlaying(!playing),
    ArrowLeft: () => go(stepAt(time) - 1),
    ArrowRight: () => go(stepAt(time) + 1),
    Home: () => go(0),
    End: () => go(last),
    Escape: () => { unpin(); render(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const own = event.target.closest && event.target.closest("button, select, input");
    if (own && event.key === " " && own !== scrub) return;
    if (own && own.tagName === "SELECT") return;
    const action = keys[event.key];
    if (!action) return;
    action();
    event.preventDefault();
  });

  play.addEventListener("click", () => setPlaying(!playing));
  document.getElementById("back").addEventListener("click", () => go(stepAt(time) - 1));
  document.getElementById("on").addEventListener("click", () => go(stepAt(time) + 1));
  scrub.addEventListener("input", () => go(Number(scrub.value)));
  loop.addEventListener("click", () => {
    loop.setAttribute("aria-pressed", String(loop.getAttribute("aria-pressed") !== "true"));
    // Whoever turns it on wants to see it go on.
    most = 0;
  });

  if (matchMedia("(prefers-reduced-motion: reduce)").matches || last === 0) {
    time = starts[data.poster];
    setPlaying(false);
  } else {
    setPlaying(true);
  }
})();
