"""Text as it is pasted: without prompts, fences, quotes, line numbers, and signs that only look like those of code."""

from __future__ import annotations

import re
from bisect import bisect

from convanim.base.records import dataclass
from convanim.frameworks import ALIASES, FRAMEWORKS

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u2028\u2029\u202f\u205f\u3000", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad", None),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
        **dict(zip("（）［］，：；＝", "()[],:;=", strict=True)),
    }
)
"""Signs of word processors and chats for those of code; invisible ones are left out."""

_QUOTATION = str.maketrans(dict.fromkeys("“”„‟", '"') | dict.fromkeys("‘’‚‛", "'"))
_CURLY = re.compile(r"^[^'\"“”„‟‘’‚‛\n]*[“”„‟‘’‚‛][^'\"\n]*$", re.MULTILINE)
"""A line whose only quotation marks are curly."""

_ENTITIES = {"gt": ">", "lt": "<", "amp": "&", "quot": '"', "apos": "'", "nbsp": " ", "#39": "'", "#x27": "'"}
_ENTITY = re.compile(f"&({'|'.join(_ENTITIES)});")
_TAG = re.compile(r"</?(?:pre|code|span|div|p|br)(?:\s++[\w-]++=\"[^\"<>]*+\")*+\s*+/?>")

_LAYER = re.compile(r"(?:[Cc]onv|[Pp]ool|[Uu]psampl)\w*\(")
_MAKES = re.compile(rf"{_LAYER.pattern}|\bclass \w|\bdef \w|Sequential\(|\b(?:lax|F|functional)\.")

_FENCE = re.compile(r"^[ \t]*(?:```+|~~~+)[ \t]*([\w+-]*).*$", re.MULTILINE)
_TICKED = re.compile(r"^([ \t]*)(`{1,3})([^`\n]+)\2[ \t]*$", re.MULTILINE)
_LANGUAGES = ("python", "py", "python3", "pycon", "ipython", "python-repl", "console")
_CODE = re.compile(r"\"\"\"|'''|^(?:class \w+.*:|def \w+\(.*|import [\w.]+(?: as \w+)?|from [\w.]+ import .*)$", re.M)

_QUOTED = re.compile(r"^[ \t]*(?:>(?!>>) ?)+", re.MULTILINE)
_ADDED, _TAKEN = re.compile(r"^\+", re.MULTILINE), re.compile(r"^-.*$", re.MULTILINE)
_HEADER = re.compile(r"^(?:diff |index |@@|\+\+\+ |--- |new file|deleted file|\\ No newline).*$", re.MULTILINE)
_NUMBER = re.compile(r"^[ \t]*(\d{1,6})(?: ?[:|│.)](?!\d) ?|\t| |$)", re.MULTILINE)
_PROMPT = re.compile(r"^[ \t]*(?:>>>(?!>)|In ?\[[\d ]*\]:)", re.MULTILINE)
_PROMPTED = re.compile(r"^[ \t]*(?:>>> ?|\.\.\.:?(?: |$)|In ?\[[\d ]*\]: ?)")
_SHOWN = re.compile(r"[ \t]*(?:>>>|In ?\[[\d ]*\]:) *[\w.]+ *")
_ANSWER = re.compile(r"^[ \t]*Out ?\[\d+\]: ?", re.MULTILINE)
_TRACEBACK = "Traceback (most recent call last)"
_ERROR = re.compile(r"[\w.]*(?:Error|Exception|Warning|Interrupt)(?::|$)")
_FAILED = re.compile(r"^[\w.]*(?:Error|Exception|Warning|Interrupt): .*$", re.MULTILINE)
_SHELL = re.compile(r"^(?:%{1,2}[A-Za-z]|!|\$ ).*$|^(?:torch\.Size|TensorShape)\(\[[\w, ]*\]\)$", re.MULTILINE)
_LABEL = re.compile(r"\A\s*(\w+)(\s*:\s*[A-Za-z_][\w.]*(?:\[[\w., \[\]]*\])?)(?=\s*=[^=])")
_DOTS = re.compile(r"^[ \t]*(?:\.{3}|…)[ \t]*(?:#.*)?$", re.MULTILINE)
_MOST_LETTERS = 200_000
"""Of a text that is pasted; longer ones come from files, and are taken as they are."""

_MOST_NOTED = 3


@dataclass(frozen=True)
class PastedText:
    """A text as code.

    Attributes
    ----------
    text : str
        The code; each line has the number that it had.
    notes : tuple of str
        What a reader should know of what was left out.
    """

    text: str
    notes: tuple[str, ...] = ()


def as_code(text: str) -> PastedText:
    r"""Return a pasted text as code, without what chats, consoles, pages, mails and editors put around it.

    Examples
    --------
    >>> as_code("```python\n>>> nn.Conv2d(3, 8, 3)\n```").text.split()
    ['nn.Conv2d(3,', '8,', '3)']
    """
    signs = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(signs) > _MOST_LETTERS:
        return PastedText(signs.removeprefix("\ufeff"))
    if not signs.isascii():
        signs = _CURLY.sub(lambda match: match[0].translate(_QUOTATION), signs.translate(_SIGNS))
    signs = _TICKED.sub(r"\1\3", signs)
    if "&" in signs or "<" in signs:
        signs = _ENTITY.sub(lambda match: _ENTITIES[match[1]], _TAG.sub("", signs))
    code = signs
    for part in (_unquoted, _unfenced, _patched, _unnumbered):
        code = part(code)
    notes = () if code.count("\n") != signs.count("\n") else tuple(_left_out(signs, code))
    for part in (_typed, _without_errors):
        code = part(code)
    return PastedText(_LABEL.sub(_unlabelled, _SHELL.sub("", code)), notes)


def line_of_dots(text: str) -> int | None:
    """Return the number of the line in which three dots stand for lines that are missing, None if there is none.

    They stand for none where they are all that is within a function or a class.
    """
    for match in _DOTS.finditer(text):
        before = text[max(0, match.start() - 500) : match.start()].rstrip()
        if not before.endswith((":", '"""', "'''")):
            return text.count("\n", 0, match.start()) + 1
    return None


def _unlabelled(match: re.Match[str]) -> str:
    """Return an assignment without the type of its name, which could be taken for the name of a framework."""
    is_framework = ALIASES.get(match[1].lower(), match[1].lower()) in FRAMEWORKS
    return match[0] if is_framework else match[0][: -len(match[2])] + " " * len(match[2])


def _left_out(before: str, after: str) -> list[str]:
    """Return sentences on layers in lines that are left out."""
    if before == after or not _LAYER.search(before):
        return []
    pairs = enumerate(zip(before.split("\n"), after.split("\n"), strict=True), 1)
    lines = [str(number) for number, (old, new) in pairs if not new.strip() and _LAYER.search(old)]
    more = f" and {len(lines) - _MOST_NOTED} more" if len(lines) > _MOST_NOTED else ""
    return [f"lines outside of the code are left out, with layers in line {', '.join(lines[:_MOST_NOTED])}{more}"] * (
        len(lines) > 0
    )


def _unquoted(text: str) -> str:
    """Leave out the marks of a quote in a mail, and what stands around it, if most lines have them."""
    if not re.search(r"^>(?!>>)", text, re.MULTILINE):
        return text
    lines = text.split("\n")
    quoted = [_QUOTED.match(line) for line in lines]
    if 2 * sum(map(bool, quoted)) < sum(1 for line in lines if line.strip()):
        return text
    return "\n".join(line[match.end() :] if match else "" for line, match in zip(lines, quoted, strict=True))


def _unfenced(text: str) -> str:
    """Keep what is between fences, that of Python if they say languages; within a docstring fences are text."""
    fences = list(_FENCE.finditer(text)) if "```" in text or "~~~" in text else []
    if not fences:
        return text
    ends = [*(one.start() for one in fences[1:]), len(text)]
    inside = [(one[1].lower(), one.end(), end) for one, end in zip(fences[::2], ends[::2], strict=True)]
    rest = text[: fences[0].start()] + "".join(
        text[one.end() : next_] for one, next_ in zip(fences[1::2], ends[1::2], strict=False)
    )
    if _CODE.search(rest):
        return text if '"""' in rest or "'''" in rest else _FENCE.sub("", text)
    wanted = [one for one in inside if one[0] in _LANGUAGES] or [one for one in inside if not one[0]] or inside
    kept, at = [], 0
    for _, start, end in wanted:
        kept += ["\n" * text.count("\n", at, start), text[start:end]]
        at = end
    return "".join(kept) + "\n" * text.count("\n", at)


def _patched(text: str) -> str:
    """Return the new lines of a diff, if every line begins as those of one."""
    bare = _HEADER.sub("", text)
    if not _ADDED.search(bare) or any(line[:1] not in ("", "+", "-", " ") for line in bare.split("\n")):
        return text
    return _ADDED.sub(" ", _TAKEN.sub("", bare))


def _unnumbered(text: str) -> str:
    """Leave out numbers of lines, if every line has one and they go up by one."""
    found = [_NUMBER.match(line) for line in text.split("\n") if line.strip()]
    numbers = [int(match[1]) for match in found if match is not None]
    if len(found) < 2 or numbers != list(range(numbers[0] if numbers else 0, len(found) + (numbers or [0])[0])):
        return text
    width = max(match.end() for match in found if match is not None)
    return _NUMBER.sub(" " * width, text)


def _typed(text: str) -> str:
    """Return what was typed in a console or a notebook, or what it answered if only that has layers."""
    if not _PROMPT.search(text):
        return _ANSWER.sub(_spaces, text)
    lines = text.split("\n")
    prompts = [_PROMPTED.match(line) for line in lines]
    pairs = list(zip(lines, prompts, strict=True))
    if not any(line[match.end() :].strip() for line, match in pairs if match is not None):
        # A notebook that is copied from its page has its prompts in lines of their own.
        return _ANSWER.sub(_spaces, _PROMPT.sub(_spaces, text))
    width = max(match.end() for match in prompts if match is not None)
    # Names that are typed by themselves show what they hold.
    typed = [
        " " * width + line[match.end() :] if match is not None and not _SHOWN.fullmatch(line) else ""
        for line, match in pairs
    ]
    answers = ["" if match is not None else _ANSWER.sub("", line) for line, match in pairs]
    says = any(map(_MAKES.search, typed)) or not any(map(_MAKES.search, answers))
    return "\n".join(typed if says else answers)


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _without_errors(text: str) -> str:
    """Leave out tracebacks and the lines that say what went wrong."""
    if _TRACEBACK not in text:
        return _FAILED.sub("", text)
    lines = text.split("\n")
    ends = [number for number, line in enumerate(lines) if _ERROR.match(line)]
    last = -1
    for number, line in enumerate(lines):
        if number > last and _TRACEBACK in line:
            at = bisect(ends, number)
            # Where the error itself is missing, what it was raised by is indented.
            behind = (one - 1 for one in range(number + 1, len(lines)) if not lines[one][:1].isspace())
            last = ends[at] if at < len(ends) else next(behind, len(lines))
        if number <= last or re.match("-{5,}$", line):
            lines[number] = ""
    return _FAILED.sub("", "\n".join(lines))
