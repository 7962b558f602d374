"""PDF: one page per step, with shapes, text, embedded fonts, and descriptions for people who cannot see it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import field

from convanim.base.records import dataclass
from convanim.formats.clip import Film, reported
from convanim.render.font_subset import font_bytes, subset_font
from convanim.render.ink import Inking
from convanim.render.pdf import Resources, operators
from convanim.views.scene import Shapes

_POINTS = 0.75
"""Points per pixel, as in CSS."""

_NAMES = {"regular": "DejaVuSans", "bold": "DejaVuSans-Bold", "italic": "DejaVuSans-Oblique"}
_MOST_LINES = 100
"""The most lines in one block of a character map."""

_SYMBOLIC = 4
_ITALIC = 64


def encode(film: Film) -> bytes:
    """Return a PDF with one page per step, all of one size.

    Notes
    -----
    Content of several pages is written once. Every page is a tagged figure
    with a sentence about its step. The file does not depend on the date.
    """
    return _Writer(film).written()


def command_of(content: bytes) -> str:
    """Return the command that a file carries, or an empty text."""
    found = re.search(b"/Command <feff([0-9a-f]*)>", content)
    return bytes.fromhex(found[1].decode()).decode("utf-16-be", "replace") if found else ""


@dataclass
class _Writer:
    """A file being written: its objects, numbered from 1."""

    film: Film
    objects: list[bytes] = field(default_factory=list)
    resources: Resources = field(default_factory=Resources)

    def written(self) -> bytes:
        """Return the content of the file."""
        catalog, pages, tree, shared = (self._reserved() for _ in range(4))
        root = self._reserved()
        forms = {"base": self._form(self._base(), shared)}
        numbers, figures = [], []
        steps = self.film.timeline.steps
        drawn = zip(self.film.scene.left_by(steps), steps, strict=True)
        for count, (marks, step) in enumerate(reported(drawn, len(steps), self.film.report)):
            if marks:
                forms[f"marks{count}"] = self._form(self._drawn(marks), shared)
            figure = self._reserved()
            shown = "\n".join(f"/{name} Do" for name in forms)
            moment = self._drawn(self.film.scene.moment(step))
            scale = f"q {_POINTS} 0 0 {_POINTS} 0 0 cm"
            content = self._stream(f"/Figure <</MCID 0>> BDC {scale}\n{shown}\n{moment}\nQ EMC".encode())
            numbers.append(self._page(pages, content, shared, count))
            self._set(figure, _figure(root, numbers[-1], self.film.told.step(step), self._box))
            figures.append(figure)
        self._set(shared, self._shared(forms))
        self._set(pages, f"<</Type/Pages/Count {len(numbers)}/Kids[{_refs(numbers)}]>>")
        self._set(
            root, f"<</Type/StructElem/S/Document/P {tree} 0 R/Alt {_text(self.film.told.alt)}/K[{_refs(figures)}]>>"
        )
        parents = "".join(f"{count}[{figure} 0 R]" for count, figure in enumerate(figures))
        self._set(tree, f"<</Type/StructTreeRoot/K {root} 0 R/ParentTree<</Nums[{parents}]>>>>")
        said = f"/Title {_text(self.film.told.title)}/Subject {_text(self.film.told.alt)}/Producer(convanim)"
        said += f"/Command {_text(self.film.told.command)}" if self.film.told.command else ""
        info = self._add(f"<<{said}>>")
        shows_title = "/ViewerPreferences<</DisplayDocTitle true>>/MarkInfo<</Marked true>>"
        shows_title += f"/Lang({self.film.told.language})"
        self._set(catalog, f"<</Type/Catalog/Pages {pages} 0 R/StructTreeRoot {tree} 0 R{shows_title}>>")
        return self._file(catalog, info)

    @property
    def _box(self) -> str:
        width, height = (_POINTS * side for side in (self.film.layout.width, self.film.layout.height))
        return f"[0 0 {width:g} {height:g}]"

    @property
    def _inking(self) -> Inking:
        return Inking(self.film.theme, self.film.layout, counts_up=True)

    def _drawn(self, shapes: Shapes) -> str:
        return operators(self._inking.shapes(shapes), self.resources)

    def _base(self) -> str:
        """Return the operators for what every page shows."""
        inking = self._inking
        parts = [] if self.film.transparent else [operators([inking.page()], self.resources)]
        parts.append(self._drawn(self.film.scene.ground))
        parts += [operators(inking.block(block), self.resources) for block in self.film.layout.blocks]
        return "\n".join(parts)

    def _form(self, content: str, shared: int) -> int:
        """Add an object with content that several pages draw, and return its number."""
        box = f"[0 0 {self.film.layout.width} {self.film.layout.height}]"
        return self._stream(content.encode(), f"/Type/XObject/Subtype/Form/BBox{box}/Resources {shared} 0 R")

    def _page(self, pages: int, content: int, shared: int, count: int) -> int:
        parts = f"/Parent {pages} 0 R/MediaBox{self._box}/Contents {content} 0 R/Resources {shared} 0 R"
        # This blends translucent lines as on a screen, whatever colours a printer uses.
        group = "/Group<</S/Transparency/CS/DeviceRGB>>"
        return self._add(f"<</Type/Page{parts}{group}/StructParents {count}/Tabs/S>>")

    def _shared(self, forms: Mapping[str, int]) -> str:
        """Return the resources that all pages share."""
        states = "".join(f"/{name}<</ca {value:g}/CA {value:g}>>" for value, name in self.resources.opacities.items())
        fonts = "".join(
            f"/{face} {self._font(face, list(known))} 0 R" for face, known in self.resources.letters.items()
        )
        drawn = "".join(f"/{name} {number} 0 R" for name, number in forms.items())
        return f"<</ExtGState<<{states}>>/Font<<{fonts}>>/XObject<<{drawn}>>>>"

    def _font(self, face: str, letters: list[str]) -> int:
        """Add a font with some letters, numbered from 1 in order, and return its object's number."""
        font = subset_font(face, letters)
        glyphs = font.getBestCmap()
        per_em = 1000 / font["head"].unitsPerEm
        order = {name: number for number, name in enumerate(font.getGlyphOrder())}
        names = [glyphs[ord(letter)] for letter in letters]
        widths = " ".join(f"{font['hmtx'][name][0] * per_em:.0f}" for name in names)
        file = font_bytes(font)
        embedded = self._stream(file, f"/Length1 {len(file)}")
        box = " ".join(f"{font['head'].__dict__[side] * per_em:.0f}" for side in ("xMin", "yMin", "xMax", "yMax"))
        # Six letters and a plus sign mark a font as a subset.
        name = f"CONVAN+{_NAMES[face]}"
        flags, slant = (_SYMBOLIC | _ITALIC, -11) if face == "italic" else (_SYMBOLIC, 0)
        rise, fall = (font["hhea"].__dict__[side] * per_em for side in ("ascent", "descent"))
        measures = f"/ItalicAngle {slant}/Ascent {rise:.0f}/Descent {fall:.0f}/CapHeight 729/StemV 80"
        about = self._add(
            f"<</Type/FontDescriptor/FontName/{name}/Flags {flags}/FontBBox[{box}]{measures}/FontFile2 {embedded} 0 R>>"
        )
        places = self._stream(b"\0\0" + b"".join(order[name].to_bytes(2, "big") for name in names))
        system = "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        descendant = self._add(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}{system}/FontDescriptor {about} 0 R"
            f"/W[1[{widths}]]/CIDToGIDMap {places} 0 R>>"
        )
        said = self._stream(_unicode(letters))
        return self._add(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
            f"/DescendantFonts[{descendant} 0 R]/ToUnicode {said} 0 R>>"
        )

    def _reserved(self) -> int:
        self.objects.append(b"")
        return len(self.objects)

    def _set(self, number: int, content: str) -> None:
        self.objects[number - 1] = content.encode("latin-1")

    def _add(self, content: str) -> int:
        number = self._reserved()
        self._set(number, content)
        return number

    def _stream(self, content: bytes, entries: str = "") -> int:
        packed = zlib.compress(content, 9)
        head = f"<<{entries}/Filter/FlateDecode/Length {len(packed)}>>\nstream\n"
        self.objects.append(head.encode("latin-1") + packed + b"\nendstream")
        return len(self.objects)

    def _file(self, catalog: int, info: int) -> bytes:
        content = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, one in enumerate(self.objects, 1):
            places.append(len(content))
            content += f"{number} 0 obj\n".encode() + one + b"\nendobj\n"
        table = "".join(f"{place:010d} 00000 n \n" for place in places)
        size = len(self.objects) + 1
        trailer = f"trailer\n<</Size {size}/Root {catalog} 0 R/Info {info} 0 R>>\nstartxref\n{len(content)}\n%%EOF\n"
        return bytes(content) + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()


def _figure(root: int, page: int, said: str, box: str) -> str:
    """Return the tag of a page, with a description in words."""
    attributes = f"/A<</O/Layout/BBox{box}/Placement/Block>>"
    return f"<</Type/StructElem/S/Figure/P {root} 0 R/Pg {page} 0 R/K 0/Alt {_text(said)}{attributes}>>"


def _refs(numbers: list[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)


def _text(text: str) -> str:
    """Return a text in hexadecimal, in which no character needs escaping."""
    return f"<feff{text.encode('utf-16-be').hex()}>"


def _unicode(letters: list[str]) -> bytes:
    """Return the map from the numbers of letters to Unicode, for copying and searching text."""
    lines = [f"<{number:04x}> <{letter.encode('utf-16-be').hex()}>" for number, letter in enumerate(letters, 1)]
    blocks = [lines[start : start + _MOST_LINES] for start in range(0, len(lines), _MOST_LINES)]
    said = "\n".join("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /convanim def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{said}\nendcmap end end"
    ).encode()
