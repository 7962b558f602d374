// The table of commands and parameters that the server gives, and how the page groups and names them.

const KINDS = [
  ["Convolution", ["conv", "conv-transpose", "depthwise", "pointwise", "conv-general", "deform-conv", "sparse-conv"]],
  ["Pooling", /pool/],
  ["Resizing and rearranging", ["upsample", "pixel-shuffle", "pixel-unshuffle", "fold", "unfold"]],
  ["Two layers for one", ["roundtrip", "separable", "depthwise-separable", "spatially-separable"]],
];

/** Commands whose layers are written in the box. */
export const FROM_TEXT = ["chain", "compare", "layer", "model", "backward layer"];

const SAID = {
  chain: "Several layers in a row",
  compare: "Several beside each other",
  layer: "Layer in code",
  model: "Model in code",
  "backward layer": "Gradients of a layer in code",
  roundtrip: "There and back: transposed after it",
  separable: "Kernel of rank 1 in two passes",
  "depthwise-separable": "Depthwise, then pointwise",
  "spatially-separable": "Columns, then rows",
};

/** What a command needs that it cannot do without, where the layer before says nothing of it. */
const STARTS = {
  conv: { i: "5", k: "3" },
  "conv-transpose": { i: "3", k: "3" },
  "max-pool": { i: "6", k: "2" },
  "avg-pool": { i: "6", k: "2" },
  "lp-pool": { i: "6", k: "2" },
  "max-unpool": { i: "2", k: "2" },
  "adaptive-avg-pool": { i: "7", "output-size": "3" },
  "adaptive-max-pool": { i: "7", "output-size": "3" },
  "pixel-shuffle": { i: "3" },
  "pixel-unshuffle": { i: "6" },
  fold: { i: "3", k: "3" },
  upsample: { i: "3" },
  separable: { i: "6", kernel: "sobel-x" },
  "depthwise-separable": { i: "5", k: "3", "in-channels": "3", "out-channels": "2" },
  "spatially-separable": { i: "5", k: "3", "in-channels": "2", "out-channels": "2" },
};
const OTHERS = { i: "5", k: "3" };

/** What fits only the layer for which it was given. */
const OF_ONE = ["input", "kernel", "grad", "dims", "part", "field", "effective", "method", "from", "to", "let"];

const GRADIENTS = "backward ";

export class Table {
  constructor(data) {
    this.data = data;
    this.commands = new Map(Object.entries(data.commands).map(([name, { about, parameters }]) =>
      [name, { about, parameters: parameters.map((place) => data.parameters[place]) }]));
  }

  has(command) {
    return this.commands.has(command);
  }

  /** The parameters of a command that are fields, and not the text in the box. */
  fields(command) {
    return (this.commands.get(command)?.parameters ?? []).filter((one) => !one.is_argument);
  }

  parameter(command, name) {
    return this.commands.get(command)?.parameters.find((one) => one.name === name);
  }

  /** Parameters by their long names, as the server writes them, as parameters by their names in addresses. */
  named(command, values) {
    const known = new Map(this.fields(command).map((one) => [one.long, one]));
    return Object.fromEntries(Object.entries(values).filter(([long]) => known.has(long)).map(([long, value]) => {
      const { name, takes } = known.get(long);
      return [name, takes === "flag" ? (value === "true" ? "1" : "0") : value];
    }));
  }

  /** Values in the order of their parameters, so that the same layer has the same address. */
  ordered(command, values) {
    const names = (this.commands.get(command)?.parameters ?? []).map((one) => one.name);
    const known = Object.keys(values).sort((a, b) => names.indexOf(a) - names.indexOf(b));
    return Object.fromEntries(known.map((name) => [name, values[name]]));
  }

  /** Those values that a command has parameters for. */
  kept(command, values) {
    return this.#those(command, values, () => true);
  }

  /** Those values that say nothing of the layer itself: its numbers, and how it looks. */
  beside(command, values) {
    return this.#those(command, values, (its) => !its.of_layer);
  }

  /** Those values that say only how a picture looks, whatever layer it is of. */
  looks(command, values) {
    return this.#those(command, values, (its) => !its.of_layer && !OF_ONE.includes(its.name));
  }

  #those(command, values, isWanted) {
    const known = new Set(this.fields(command).filter(isWanted).map((one) => one.name));
    return Object.fromEntries(Object.entries(values).filter(([name]) => known.has(name)));
  }

  starts(command) {
    const own = STARTS[command.replace(GRADIENTS, "")] ?? OTHERS;
    return this.kept(command, own);
  }

  titleOf(command) {
    if (command in SAID) return SAID[command];
    const said = this.commands.get(command)?.about.split(": ")[1]?.replace(/\.$/, "") ?? command;
    const whole = command.startsWith(GRADIENTS) ? `gradients: ${said}` : said;
    return whole[0].toUpperCase() + whole.slice(1);
  }

  /**
   * All operations to choose from in groups.
   * @returns {[string, [string, string][]][]}
   */
  groups() {
    const names = [...this.commands.keys()];
    const forward = names.filter((name) => !name.startsWith(GRADIENTS) && name !== "preset");
    const groups = KINDS.map(([title, which]) =>
      [title, forward.filter((name) => (Array.isArray(which) ? which.includes(name) : which.test(name)))]);
    const placed = new Set([...groups.flatMap(([, own]) => own), ...FROM_TEXT]);
    const rest = forward.filter((name) => !placed.has(name));
    const several = ["chain", "compare"].filter((name) => this.has(name));
    const gradients = names.filter((name) => name.startsWith(GRADIENTS) && !FROM_TEXT.includes(name));
    const titled = (own) => own.map((name) => [name, this.titleOf(name)]);
    return [
      ...groups.map(([title, own]) => [title, titled(own)]),
      ...(rest.length ? [["Others", titled(rest)]] : []),
      ["Several layers", titled(several)],
      ["Gradients", titled(gradients)],
      ["Well-known pictures", Object.entries(this.data.presets).map(([name, title]) => [`preset/${name}`, title])],
    ];
  }
}
