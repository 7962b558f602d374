"""What a caption says of the marks on cells that nothing else in a picture explains."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import TYPE_CHECKING

from convanim.base.language import message, translated
from convanim.plans import USUAL_NAMES, Plan
from convanim.views.scene import Cells, Key, Lines, Scene, Shape, Texts
from convanim.views.sheet import CROSSES

if TYPE_CHECKING:
    from convanim.views.picture import Picture

_SUM = Key("sum")


def signs(picture: Picture, scene: Scene, is_solid: bool) -> tuple[str, ...]:
    """Return what a caption says of the marks in a scene.

    Parameters
    ----------
    picture : Picture
        The picture of the scene, with what its first step works on.
    scene : Scene
        The scene.
    is_solid : bool
        Whether its tensors are blocks.
    """
    plan, labels, stage = picture.plan, picture.look.labels, picture.plan.last
    resting, first = scene.ground, scene.moment(0)
    lines, cells = _roles(resting, Lines), _roles(resting, Cells)
    at_work = _roles((shape for shape in first if shape.key != _SUM), Lines)
    summed = {word for shape in first if shape.key == _SUM and isinstance(shape, Texts) for word in shape.words}
    always = first if picture.may_lack_kernels else (*resting, *first)
    dark = {shape.key for shape in always if isinstance(shape, Cells) and shape.role == "kernel"}
    kernels = {None if key is None else key.what for key in dark}
    are_chips = labels == "numbers" and "kernel chip" in kernels <= {"kernel chip", "sum"} and not stage.has_factors
    working = picture.work(0).stage or stage
    is_plain = working.is_weighted and not picture.look.is_labelled
    # The backward pass says of what the border is made.
    is_moved = working.moved_places is not None
    is_bare, is_spread = labels == "none", bool(stage.layer.transposes)
    is_cropped = any(map(any, stage.layer.padding)) and "padding" not in lines
    is_lone = not plan.is_chain and plan.names == USUAL_NAMES
    is_between = "place" in _roles(first, Cells) and not stage.is_weighted
    # A window that covers all of the input covers all small dots.
    read = {tuple(place) for one in plan.step(0).reads for place in one.taps.source.tolist()}
    are_seen = "dot" in cells and len(read) < prod(plan.tensors[0].size)
    # Windows that slide have a kernel and a stride, which the caption says before.
    is_parted = bool(stage.spans) and prod(stage.output_size) > 1
    marks = (
        (message("crossed cells are never read"), bool(lines & CROSSES)),
        (message("stronger colour: more stamps"), stage.is_stamped and picture.stamping[0] and not plan.is_chain),
        (message("dashed cells are cut off by padding"), stage.is_stamped and "idle" in lines),
        (message("small numbers are indices of output cells"), "index" in lines),
        (message("factors are weights times shares"), stage.is_weighted and stage.has_factors and "sum" in kernels),
        (message("grey cells are not active"), stage.is_sparse and not picture.look.has_shades),
        (
            message("indices: channels, then row and column"),
            labels == "letters" and plan.has_channels and plan.dims == 2,
        ),
        (message("s: what one input adds"), labels == "letters" and "s" in summed),
        (message("rings pair copies with originals"), any(role.startswith("pair_") for role in at_work)),
        (message("numbers: weights of the input's cells"), is_between and is_bare),
        (message("dots: where output cells lie; the large one: this cell"), is_between and are_seen),
        (message("dot: where the output cell lies"), is_between and not are_seen),
        (working.layer.block_words, "block" in at_work),
        (message("grey cells: inserted zeros"), (is_bare or is_spread) and "inserted" in cells),
        (message("arrows: offsets"), "move" in at_work),
        (message("points on numbers are not drawn"), is_moved and not is_bare),
        (message("heavy dashes: mirror axes"), "mirror" in lines),
        (message("outer ticks: mirror axes"), "mirror_end" in lines),
        (
            message("rows run down, columns back, channels to the right"),
            is_solid and plan.has_channels and plan.dims == 2,
        ),
        (message("dark cells: read"), is_solid and is_moved),
        (message("dark cells: under the kernel"), is_solid and is_plain and not is_moved),
        (
            stage.layer.border_words,
            is_lone and not stage.is_stamped and "padding" in lines and (is_bare or is_spread or not stage.is_weighted),
        ),
        (
            message("padding takes away the border of zeros"),
            is_spread and is_lone and is_cropped and not stage.is_stamped,
        ),
        (stage.layer.order_words, True),
    )
    return (
        *((translated("windows of {cells}", cells=stage.window_words),) if is_parted else ()),
        *((told_of_chips(plan),) if are_chips else ()),
        *((stage.layer.rule_words,) if is_bare and stage.layer.rule_words and not plan.is_chain else ()),
        *(translated(words) for words, is_there in marks if words and is_there),
    )


def told_of_chips(plan: Plan) -> str:
    """Return what a caption says of the weights in the corners of cells, which a small picture leaves out."""
    names = plan.names
    if not plan.last.is_weighted:
        return translated("small numbers are the cells' weights")
    if names.kernel.words == USUAL_NAMES.kernel.words:
        return translated("small numbers are the kernel's weights")
    # Translators: What slides in place of a kernel, behind what it makes: "(kernel gradient): output gradient".
    return translated("small numbers ({made}): {kernel}", made=names.output.called, kernel=names.kernel.called)


def _roles(shapes: Iterable[Shape], kind: type[Cells] | type[Lines]) -> set[str]:
    """Return the roles of the shapes of a kind."""
    return {shape.role for shape in shapes if isinstance(shape, kind)}
