
  const field = document.getElementById("answer");
  const asked = document.getElementById("asked");
  const reply = document.getElementById("reply");
  const sign = document.getElementById("sign");
  const next = document.getElementById("next");
  const verdict = document.getElementById("verdict");
  const tally = document.getElementById("tally");
  const on = document.getElementById("on");
  const held = groups.filter(({ node }) => "answer" in node.dataset || "question" in node.dataset);
  const questions = data.steps.map(({ said, sum }) => ({ said, sum }));
  const verdicts = [];

  // The first step without an answer; those before it have theirs, those behind it cannot be reached.
  let open = 0;
  let tries = 0;
  let firsts = 0;
  let feedback = "";

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => values[name]);

  function read(text) {
    const found = /^([-+−]?)(\d+[.,]?\d*|[.,]\d+)(?:\/(\d+[.,]?\d*|[.,]\d+))?$/.exec(text.replace(/\s/g, ""));
    if (!found) return NaN;
    const [over, under] = [found[2], found[3] ?? "1"].map((part) => Number(part.replace(",", ".")));
    return under === 0 ? NaN : (found[1] === "" || found[1] === "+" ? over : -over) / under;
  }

  function isRight(given, { value, decimals }) {
    // Half a unit of the last decimal that shows, and what numbers lose in binary.
    const within = decimals === null ? 0 : 0.5 * 10 ** -decimals;
    return Math.abs(given - read(value)) <= within + 1e-9;
  }

  function reached() {
    return pinned !== null && shown !== null ? shown : stepAt(time);
  }

  function ask() {
    const step = reached();
    const isOpen = step === open;
    reply.hidden = !isOpen;
    next.hidden = isOpen;
    next.textContent = step < last ? data.words.next : data.words.again;
    asked.textContent = data.steps[step].label;
    verdict.textContent = isOpen ? feedback : verdicts[step];
    tally.textContent = open > last ? fill(data.words.all, { total: open, count: firsts })
      : open > 0 ? fill(data.words.some, { total: open, count: firsts }) : "";
    on.setAttribute("aria-disabled", String(step >= Math.min(open, last)));
  }

  function settle(said, isFirst) {
    Object.assign(data.steps[open], data.steps[open].answered);
    for (const { node, from } of held) if (from === open) node.classList.add("known");
    verdicts.push(said);
    firsts += isFirst ? 1 : 0;
    renew(open + 1);
    render();
    next.focus();
  }

  function renew(step) {
    open = step;
    tries = 0;
    feedback = "";
    field.value = "";
    field.removeAttribute("aria-invalid");
  }

  function check() {
    const step = data.steps[open];
    const given = read(field.value);
    if (isRight(given, step)) {
      settle(fill(data.words.right, { value: step.value }), tries === 0);
      return;
    }
    const isNumber = !Number.isNaN(given);
    tries += isNumber ? 1 : 0;
    feedback = !isNumber ? data.words.type
      : fill(tries > 1 ? data.words.hint : data.words.retry, { value: field.value.trim(), hint: step.hint });
    field.setAttribute("aria-invalid", "true");
    ask();
    field.focus();
    field.select();
  }

  function restart() {
    questions.forEach((question, step) => Object.assign(data.steps[step], question));
    for (const { node } of held) node.classList.remove("known");
    verdicts.length = 0;
    firsts = 0;
    renew(0);
  }

  const freely = { go, render };
  go = (step) => freely.go(Math.min(step, open));
  render = () => {
    if (shown > open) shown = null;
    freely.render();
    ask();
  };

  document.getElementById("check").addEventListener("click", check);
  document.getElementById("reveal").addEventListener("click", () => settle(fill(data.words.told, data.steps[open]), false));
  sign.hidden = !data.steps.some(({ value }) => value.startsWith("−"));
  sign.addEventListener("click", () => {
    field.value = /^\s*[-−]/.test(field.value) ? field.value.replace(/^\s*[-−]/, "") : `−${field.value}`;
    field.focus();
  });
  next.addEventListener("click", () => {
    const step = reached() + 1;
    if (step > last) restart();
    go(step > last ? 0 : step);
    if (reached() === open) field.focus();
  });
  field.addEventListener("keydown", (event) => {
    // The arrows, Home and End move within the field.
    event.stopPropagation();
    if (event.key !== "Enter" || event.isComposing) return;
    // Otherwise the same key would press the button that gets the focus.
    event.preventDefault();
    check();
  });

  delete keys[" "];
  setPlaying(false);
  go(0);
