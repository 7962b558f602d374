// Fields for one parameter each: a text with a slider, a choice, a switch, or a plain text.

import { element, freshId } from "./elements.js";

/** The ends of sliders; a text may go beyond them. */
const ENDS = {
  i: [1, 16], k: [1, 9], s: [1, 5], p: [0, 5], d: [1, 5], a: [0, 3],
  "output-size": [1, 12], size: [1, 16], "input-dilation": [1, 4], "scale-factor": [1, 4],
  channels: [1, 8], "in-channels": [1, 8], "out-channels": [1, 8], g: [1, 8],
  "depth-multiplier": [1, 4], "upscale-factor": [1, 4], "downscale-factor": [1, 4], "norm-type": [1, 6],
};
const NUMERIC = ["sizes", "pairs", "whole", "numbers"];

/**
 * A field.
 * @typedef {object} Field
 * @property {HTMLElement} node
 * @property {HTMLElement} control what has the focus, and what a refusal points to
 * @property {(value: string | undefined) => void} set show a value
 */

/** How a parameter is called on the page. */
export function titleOf({ long }) {
  const words = long.replaceAll("-", " ");
  return words[0].toUpperCase() + words.slice(1);
}

/**
 * Whether a change goes on, as with each letter or with each step of a slider, or is finished.
 * @typedef {"typing" | "moving" | "done"} Stage
 */

/**
 * Make the field of a parameter.
 * @param {object} its as the table has it
 * @param {(value: string | null, stage: Stage) => void} changed null stands for what is usual
 * @returns {Field}
 */
export function fieldOf(its, changed) {
  const id = freshId("field");
  const about = element("span", { class: "heard", id: `${id}-about`, text: helpOf(its) });
  const label = element("label", { for: id, text: titleOf(its), title: helpOf(its) });
  const common = { id, "aria-describedby": about.id, "data-described": about.id, title: helpOf(its) };
  if (its.takes === "flag") return flag(its, common, label, about, changed);
  if (its.choices.length) return choice(its, common, label, about, changed);
  return text(its, common, label, about, changed);
}

function helpOf({ help, usual }) {
  return usual ? `${help} Usually: ${usual}.` : help;
}

function flag(its, common, label, about, changed) {
  const usual = { yes: true, no: false, "": false }[its.usual];
  const control = element("input", {
    type: "checkbox", ...common,
    change: () => {
      // Where it depends what is usual, the states follow each other: as usual, on, off.
      if (usual === undefined) set({ undefined: "1", 1: "0" }[state]);
      else set(control.checked === usual ? undefined : control.checked ? "1" : "0");
      changed(state ?? null, "done");
    },
  });
  let state;
  const set = (value) => {
    state = value === undefined ? undefined : ["", "1", "true", "yes", "on"].includes(value) ? "1" : "0";
    control.indeterminate = state === undefined && usual === undefined;
    control.checked = state === undefined ? usual === true : state === "1";
  };
  set(undefined);
  return { node: element("div", { class: "field flag" }, control, label, about), control, set };
}

function choice(its, common, label, about, changed) {
  const usual = its.usual && !its.choices.includes(its.usual) ? its.usual : "";
  const first = element("option", { value: "", text: usual ? `– ${usual} –` : `${its.usual || "as usual"}` });
  const others = its.choices.filter((one) => one !== its.usual).map((value) => element("option", { value, text: value }));
  const control = element("select", { ...common, change: () => changed(control.value || null, "done") }, first, ...others);
  const set = (value) => {
    const wanted = value === undefined || value === its.usual ? "" : value;
    if (![...control.options].some((option) => option.value === wanted)) {
      control.append(element("option", { value: wanted, text: wanted }));
    }
    control.value = wanted;
  };
  return { node: element("div", { class: "field choice" }, label, control, about), control, set };
}

function text(its, common, label, about, changed) {
  const ends = NUMERIC.includes(its.takes) ? ENDS[its.name] : undefined;
  const said = (value) => (its.is_multiple ? value.split(/\s*;\s*/).filter(Boolean) : value.trim()) || null;
  const control = element("input", {
    type: "text", ...common, placeholder: its.usual, autocomplete: "off", spellcheck: "false",
    ...(ends ? { inputmode: its.takes === "whole" ? "numeric" : "text" } : {}),
    input: () => {
      place(control.value);
      changed(said(control.value), "typing");
    },
    change: () => changed(said(control.value), "done"),
  });
  const slider = ends && element("input", {
    type: "range", min: ends[0], max: ends[1], "aria-label": `${titleOf(its)}, slider`, title: helpOf(its),
    input: () => {
      control.value = slider.value;
      changed(slider.value, "moving");
    },
    change: () => changed(slider.value, "done"),
  });
  const place = (value) => {
    if (slider) slider.value = /\d+/.exec(value)?.[0] ?? /\d+/.exec(its.usual)?.[0] ?? ends[0];
  };
  const set = (value = "") => {
    const written = [value].flat().join("; ");
    // Whoever types is not interrupted, even by the same number written otherwise.
    if (document.activeElement !== control) control.value = written;
    if (document.activeElement !== slider) place(written);
  };
  place("");
  const kind = ends ? "field number" : "field";
  return { node: element("div", { class: kind }, label, control, ...(slider ? [slider] : []), about), control, set };
}
