// What is shown, as data, as an address of the server, and as the part of this page's address after "#".

/**
 * A layer, or several in one picture: the command that draws it, and its parameters as they are written.
 * @typedef {{command: string, values: Record<string, string | string[]>}} Shown
 */

const READABLE = { "%20": "+", "%2C": ",", "%3A": ":", "%3B": ";", "%2F": "/", "%3D": "=", "%40": "@" };

function written(text) {
  return encodeURIComponent(text).replace(/%(20|2C|3A|3B|2F|3D|40)/g, (code) => READABLE[code]);
}

function queryOf(values) {
  return Object.entries(values)
    .flatMap(([name, value]) => [value].flat().map((one) => `${written(name)}=${written(one)}`))
    .join("&");
}

function pathOf({ command, values }) {
  const words = command.split(" ");
  return [...words, ...(command === "preset" ? [values.name ?? ""] : [])].map(encodeURIComponent).join("/");
}

function restOf({ command, values }, more) {
  const { name, ...rest } = values;
  const query = queryOf({ ...(command === "preset" ? rest : values), ...more });
  return query ? `?${query}` : "";
}

/**
 * The address of a file.
 * @param {Shown} shown
 * @param {string} suffix
 * @param {Record<string, string>} more parameters that the state does not have
 */
export function fileAddress(shown, suffix, more = {}) {
  return `/${pathOf(shown)}.${suffix}${restOf(shown, more)}`;
}

/** The address of what there is to say about a picture. */
export function explainAddress(shown) {
  return `/explain/${pathOf(shown)}.json${restOf(shown, {})}`;
}

/**
 * What is shown without the exercise, which only pages have.
 * @param {Shown} shown
 * @returns {Shown}
 */
export function withoutExercise({ command, values }) {
  const { exercise, ...others } = values;
  return { command, values: others };
}

/** What comes after "#" for one or several panels. */
export function hashOf(all) {
  return `#${all.map((shown) => `/${pathOf(shown)}${restOf(shown, {})}`).join("|")}`;
}

/**
 * What the part after "#" says, or nothing where it says nothing.
 * @returns {Shown[]}
 */
export function shownIn(hash) {
  return hash.replace(/^#/, "").split("|").filter((part) => part.startsWith("/")).map((part) => {
    const [path, ...query] = part.slice(1).split("?");
    const words = path.split("/").map(decoded);
    const values = valuesIn(query.join("?"));
    if (words[0] === "preset") return { command: "preset", values: { name: words[1] ?? "", ...values } };
    return { command: words.join(" "), values };
  });
}

function valuesIn(query) {
  const values = {};
  for (const pair of query.split("&").filter(Boolean)) {
    const [name, ...rest] = pair.split("=");
    const own = decoded(name);
    const value = decoded(rest.join("="));
    values[own] = own in values ? [values[own], value].flat() : value;
  }
  return values;
}

function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
