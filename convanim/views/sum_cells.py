"""The cells that a step reads and makes, and the weights that they meet, as tiles that look like them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.layers.rules import COPY
from convanim.plans import Read, Stage, Step
from convanim.plans.values import spell
from convanim.views.contents import Said
from convanim.views.flat_sums import Tile, tile_width
from convanim.views.lettering import Words
from convanim.views.patterns import pairs_of, tints_of
from convanim.views.picture import Picture
from convanim.views.sheet import ROLES, Page


@dataclass(frozen=True, eq=False)
class CellTiles:
    """The tiles of a picture's steps.

    Attributes
    ----------
    picture : Picture
        The picture whose steps and cells are shown.
    """

    picture: Picture

    @property
    def has_numbers(self) -> bool:
        """Whether cells bear numbers, which can be added up."""
        return self.picture.look.labels == "numbers" and self.picture.plan.is_valued

    def spelled(self, number: Any) -> str:
        """Return how a number is written."""
        return spell(number, self.picture.look.decimals)

    def result(self, stage: Stage, step: Step) -> Tile:
        """Return the tile of a step's result, as it looks in the picture."""
        page, place = self._made(stage, step)
        said, sheet = self.picture.contents.tensor(stage.target, step.channel), self.picture.sheets[page]
        role = sheet.fill("input", place) if step.reads or sheet.tones is not None else "inserted"
        strong = sheet.strength("input", place) if step.reads else 1.0
        looks: dict[str, Any] = {"shaded": stage.rule is not COPY, "edge": "reach", "strength": strong}
        tile = self.tile(said, step.cell, role, stage.target, **looks)
        tones = sheet.tones
        return tile if tones is None else replace(tile, tone=float(tones[place]), shaded=False)

    def moved(self, stage: Stage, step: Step, term: tuple[Read, int], result: Tile) -> list[Tile]:
        """Return the tile of a cell that is copied, in the tint of its copy if there is one."""
        tiles = self.tiles(stage, step, *term)
        is_tinted = (result.role or "").startswith("tint")
        return [replace(tile, role=result.role) for tile in tiles] if is_tinted else tiles

    def _made(self, stage: Stage, step: Step) -> tuple[Page, tuple[int, int]]:
        page, window = next(iter(self.picture.made_on(stage, step.channels, step.writes[:1]).items()))
        return page, (window.top, window.left)

    def tile(
        self, said: Said | None, cell: Any, role: str, tensor: int, may_be_ringed: bool = False, **marks: Any
    ) -> Tile:
        """Return a tile with the words of a cell, wide enough for any cell of its tensor."""
        contents = self.picture.contents
        if said is None:
            return Tile("", tile_width(0), role, **marks)
        return self._worded(said, cell, role, contents.widest(tensor), contents.face, may_be_ringed, **marks)

    @staticmethod
    def _worded(
        said: Said, cell: Any, role: str, widest: float, face: str, may_be_ringed: bool = False, **marks: Any
    ) -> Tile:
        lowered = said.lowered[cell]
        # Numbers among letters are upright.
        face = "regular" if face == "italic" and not lowered else face
        wide = tile_width(widest, may_be_ringed or bool(marks.get("rings")))
        return Tile(said.words[cell], wide, role, face, lowered, **marks)

    def tiles(self, stage: Stage, step: Step, read: Read, channel: int, ringed: int | None = None) -> list[Tile]:
        """Return a tile for each cell that a step reads of a channel, as it looks in the picture."""
        contents, site = self.picture.contents, self.picture.sites_of(read.tensor, stage)[0]
        is_own = site.reader is stage
        said = contents.read(stage, read.tensor, channel) if is_own else contents.tensor(read.tensor, channel)
        widest = contents.widest(read.tensor, stage if is_own else None)
        # Cells of channels that are not drawn look like those of a drawn channel.
        shown = contents.channels[read.tensor]
        stand_in = channel if channel in shown else shown[0]
        places, is_drawn = self.picture.placed(site, stage, read.taps)
        whole = next(one for one in step.reads if one.tensor == read.tensor and channel in one.channels)
        pairs = pairs_of(whole) if self.picture.pairs_copies else {}
        tiles = []
        columns = zip(places.tolist(), read.taps.kind.tolist(), is_drawn.tolist(), strict=True)
        for number, (place, kind, is_shown) in enumerate(columns):
            if not is_shown:
                tiles.append(Tile("0" if said is not None else "", tile_width(widest), "padding"))
                continue
            page = Page(site.number, stand_in, place[0] if len(place) == 3 else 0)
            sheet, at = self.picture.sheets[page], (0, *place)[-2:]
            if stand_in != channel:
                sheet = sheet.tinted(tints_of(self.picture.plan, site, channel, page.slice))
            look = int(sheet.roles[at])
            role = "overhang" if kind == Kind.OVERHANG or look < 0 else sheet.fill(ROLES[look], at)
            strong = 1.0 if look < 0 else sheet.strength(ROLES[look], at)
            source = tuple(read.taps.source[number].tolist())
            marks: dict[str, Any] = {"strength": strong, "edge": pairs.get(source, "")}
            marks["rings"] = self.picture.winner_rings if number == ringed else ()
            if said is None:
                tile = Tile("", tile_width(0), role, **marks)
            else:
                if not is_own and min(source) < 0:
                    tiles.append(Tile("0", tile_width(widest), role))
                    continue
                cell = tuple(place) if is_own else source
                tile = self._worded(said, cell, role, widest, contents.face, stage.rule.is_picked, **marks)
            tones = sheet.tones_of(ROLES[look]) if look >= 0 else None
            tiles.append(tile if tones is None else replace(tile, tone=float(tones[at])))
        return tiles

    def weights(self, stage: Stage, read: Read, channels: tuple[int, int]) -> list[Tile]:
        """Return a tile for each weight that some taps are multiplied with."""
        met = self.picture.contents.met(stage, read, channels)
        if met is None:
            return [self.weight(stage, channels[0]) for _ in read.taps.kernel]
        return self.met(stage, channels[0], met)

    def met(self, stage: Stage, channel: int, met: tuple[Words, Words]) -> list[Tile]:
        """Return a tile for each of some words, with their subscripts, of what cells are multiplied with."""
        said = Said(*met)
        return [self.weight(stage, channel, said, at) for at in range(len(said.words))]

    def weight(self, stage: Stage, channel: int, said: Said | None = None, at: Any = None) -> Tile:
        """Return the tile of a weight of an output channel, outlined where it has the colour of that channel."""
        tint = self.picture.tint_of(stage.target, channel)
        role, edge = tint or "kernel", "reach" if tint else ""
        if said is None:
            return Tile("", tile_width(0), role, edge=edge)
        contents = self.picture.contents
        return self._worded(said, at, role, contents.kernel_widest(stage), contents.kernel_face, edge=edge)
