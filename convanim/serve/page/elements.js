// Elements of the page, made with text and attributes only, so that nothing that a user types is taken for markup.

/**
 * @param {string} tag
 * @param {Record<string, unknown>} attributes "text" is the text inside; functions are listeners; false leaves out
 * @param {...(Node|string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") made.textContent = String(value);
    else if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

let count = 0;

/** A name for an element that no other element has. */
export function freshId(word) {
  count += 1;
  return `${word}-${count}`;
}

/** Take away every message of a kind inside an element, and the marks that pointed to it. */
export function withoutRefusals(root) {
  for (const message of root.querySelectorAll(".refusal")) message.remove();
  for (const field of root.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    if (field.dataset.described) field.setAttribute("aria-describedby", field.dataset.described);
    else field.removeAttribute("aria-describedby");
  }
}

/**
 * A refusal in words, with its ways out as buttons.
 * @param {{error: string, ways?: {said: string, change: Record<string, string>}[]}} refusal
 * @param {(change: Record<string, string>) => void} take
 */
export function refusalOf(refusal, take) {
  const ways = (refusal.ways ?? []).map(({ said, change }) =>
    element("button", { type: "button", class: "way", text: `Use ${said}`, click: () => take(change) }));
  return element("div", { class: "refusal", id: freshId("refusal") }, element("p", { text: refusal.error }),
    ...(ways.length ? [element("div", { class: "row" }, ...ways)] : []));
}

/** Point a field to the message that is about it. */
export function markRefused(field, message) {
  field.dataset.described = field.getAttribute("aria-describedby") ?? "";
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${field.dataset.described} ${message.id}`.trim());
}
