// What the text in the box means: code of a framework, a layer in short, several in a row, or several to compare.

const OF_LANGUAGE = [
  ["onnx", /=>/],
  ["keras", /\b(keras|layers)\./],
  ["jax", /\b(lax|jax|jnp|linen)\b/],
  ["scipy", /\b(signal|ndimage|np)\./],
  ["convanim", /\bconvanim\./],
];

/** Whether a text looks like code rather than the short form. */
export function isCode(text) {
  return /[({]|^\s*(import|from|class|def)\s/m.test(text);
}

/** In which language a text seems to be. */
export function languageOf(text) {
  if (!isCode(text)) return "short";
  return OF_LANGUAGE.find(([, mark]) => mark.test(text))?.[0] ?? "torch";
}

/** What in code may say how large the input is. */
const SIZED = /=>|\b(ones|zeros|randn?|random|empty|normal|uniform)\(|input_s|Input|shape|\d\s*[x×]\s*\d/;

function parted(text, mark) {
  return text.split(mark).map((part) => part.trim()).filter(Boolean);
}

/**
 * What to ask the server for a text, the best first.
 * @param {string} text
 * @param {{size: string, isBackward: boolean}} where the input size of the form, and whether gradients are shown
 */
export function meanings(text, { size, isBackward }) {
  const sized = size ? { i: size } : {};
  // What the code says of its input counts more than what the form says.
  const inCode = (command) => [...(SIZED.test(text) || !size ? [{}] : []), sized].map((more) =>
    ({ command, values: { code: text, ...more } }));
  if (isBackward && !/[|>\n]/.test(text.trim())) {
    const command = "backward layer";
    return isCode(text) ? inCode(command) : [{ command, values: { code: text, ...sized } }];
  }
  if (isCode(text) && !/^[^(]*[|]/.test(text)) return inCode("layer");
  const compared = parted(text, "|");
  if (compared.length > 1) return [{ command: "compare", values: { layer: compared, ...sized } }];
  return [{ command: "chain", values: { layer: parted(text, /[>→\n]/), ...sized } }];
}

/** The text of layers that are written in the box, or null where the server says it better. */
export function textOf({ command, values }) {
  if (command === "chain") return [values.layer ?? []].flat().join(" > ");
  if (command === "compare") return [values.layer ?? []].flat().join(" | ");
  return typeof values.code === "string" ? values.code : null;
}
