// Light or dark: as the system has it, or as the user chooses, and what that means for pictures.

const KEY = "convanim-scheme";
const LIGHT_GROUND = "#fffefa";
const dark = matchMedia("(prefers-color-scheme: dark)");

function chosen() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

function isDark() {
  const own = document.documentElement.dataset.scheme;
  return own ? own === "dark" : dark.matches;
}

/**
 * How a picture stands on this page, where nothing else is asked for; a ground of its own makes it one picture
 * instead of two for light and for dark, in half of the time.
 */
export function groundLooks({ values }) {
  if (values.background !== undefined) return {};
  const theme = values.theme ?? (isDark() ? "dark" : "guide");
  if (theme === "guide") return { background: LIGHT_GROUND };
  return values.theme === undefined ? { theme } : {};
}

/** Let a choice decide, and tell when light becomes dark. */
export function followScheme(choice, changed) {
  const apply = (value) => {
    if (value) document.documentElement.dataset.scheme = value;
    else delete document.documentElement.dataset.scheme;
  };
  choice.value = chosen();
  apply(choice.value);
  choice.addEventListener("change", () => {
    try {
      localStorage.setItem(KEY, choice.value);
    } catch {
      // A browser that keeps nothing forgets it with the page.
    }
    apply(choice.value);
    changed();
  });
  dark.addEventListener("change", changed);
}
