"""What a caption says of the marks on cells that nothing else in a picture explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from math import prod
from typing import TYPE_CHECKING

from convanim.base.language import message, translated
from convanim.plans import USUAL_NAMES, Plan, Stage
from convanim.views.between import covers
from convanim.views.naming import ROTATED, lies_turned
from convanim.views.scene import Cells, Key, Lines, Scene, Shape, Texts
from convanim.views.sheet import CROSSES
from convanim.words.sentences import listed

if TYPE_CHECKING:
    from convanim.views.picture import Picture

_SUM = Key("sum")

_COUNTED = (
    (message("cells count from 0"), message("cells count from 1")),
    (message("rows and columns count from 0"), message("rows and columns count from 1")),
)
"""What a caption says of places that are named, by whether they have rows, and by the number of the first."""

TOLD_OF_SIGMA = (message("Σ: weighted sum under the kernel"), message("Σ: weighted sum of what is read"))
"""What a caption says of the mark of a weighted sum, by whether more is read than what lies under a kernel."""


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
    said = {word for shape in (*resting, *first) if isinstance(shape, Texts) for word in shape.words}
    always = first if picture.may_lack_kernels else (*resting, *first)
    dark = {shape.key for shape in always if isinstance(shape, Cells) and shape.role == "kernel"}
    kernels = {None if key is None else key.what for key in dark}
    are_chips = labels == "numbers" and "kernel chip" in kernels <= {"kernel chip", "sum"} and not stage.has_factors
    working = picture.work(0).stage or stage
    is_weighed = working.is_weighted and any(
        isinstance(shape, Texts) and shape.key is not None and shape.key.what == "mark" for shape in first
    )
    is_traced = _is_traced(plan)
    is_plain = working.is_weighted and not picture.look.is_labelled
    # The backward pass says of what the border is made.
    is_moved = working.moved_places is not None
    is_bare, is_spread = labels == "none", bool(stage.layer.transposes)
    is_cropped = any(map(any, stage.layer.padding)) and "padding" not in lines
    is_lone = not plan.is_chain and plan.names == USUAL_NAMES
    is_between = "place" in _roles(first, Cells) and not stage.is_weighted
    are_seen = "dot" in cells and _leave_dots(plan)
    are_shares = any(shape.key is not None and shape.key.what == "share" for shape in first)
    # Windows that slide have a kernel and a stride, which the caption says before.
    is_parted = bool(stage.spans) and prod(stage.output_size) > 1
    marks = (
        ("" if stage.layer.order_words else _told_of_numbers(plan, said), True),
        (
            message("sums include channels that are not drawn"),
            bool(summed) and any(_leaves_out(picture, one) for one in plan.main),
        ),
        (_COUNTED[plan.dims > 1][picture.look.first_cell], picture.is_field or picture.counts_cells),
        (message("crossed cells are never read"), bool(lines & CROSSES)),
        (
            message("stronger colour: more stamps; frame: the stamp that falls"),
            _overlaps(picture) and not plan.is_chain,
        ),
        (message("dashed cells are cut off by padding"), stage.is_stamped and "idle" in lines),
        (message("small numbers: output cells, counted row by row from 0"), "index" in lines),
        (
            message("factors: weights times bilinear shares"),
            stage.is_weighted and stage.has_factors and "sum" in kernels,
        ),
        (message("grey cells are not active"), stage.is_sparse and not picture.look.has_shades),
        (message("s: each input's part of the sum"), labels == "letters" and "s" in summed),
        (message("rings pair copies with originals"), any(role.startswith("pair_") for role in at_work)),
        (message("numbers: weights of the input's cells"), is_between and are_shares),
        (message("dots: where output cells lie; the large one: this cell"), is_between and are_seen),
        (message("dot: where the output cell lies"), is_between and not are_seen),
        (working.layer.block_words, "block" in at_work),
        (
            message("kernels lie in the windows rotated by 180°")
            if plan.has_channels or plan.is_chain
            else message("the kernel lies in the windows rotated by 180°"),
            (is_solid or picture.draws_kernels or is_weighed) and _are_turned(plan, said),
        ),
        (message("grey between cells: inserted zeros"), (is_bare or is_spread) and "inserted" in cells),
        (message("arrows: offsets, to the points that are read"), "move" in at_work),
        (message("points on numbers are not drawn"), is_moved and not is_bare and covers(picture)),
        (message("heavy dashes: mirror axes"), "mirror" in lines),
        (message("outer ticks: mirror axes"), "mirror_end" in lines),
        (
            message("rows run down, columns back, channels to the right"),
            is_solid and plan.has_channels and plan.dims == 2,
        ),
        (message("rows run down, columns back, slices to the right"), is_solid and plan.dims == 3),
        (message("slabs from left to right: groups"), is_solid and _are_groups(stage)),
        (message("shaded input cells: read"), is_moved and is_plain),
        (
            message("glass block: the kernel") if plan.dims == 3 else message("shaded cells: under the kernel"),
            is_solid and is_plain and not is_moved,
        ),
        (TOLD_OF_SIGMA[is_moved or is_traced], is_weighed and not is_solid),
        (message("shaded cells: all that the output cell is made from"), is_traced),
        (
            stage.layer.border_words,
            is_lone
            and not stage.is_stamped
            and "padding" in lines
            and (is_bare or is_spread or stage.is_sparse or not stage.is_weighted),
        ),
        (
            message("padding takes away the border of zeros"),
            is_spread and is_lone and is_cropped and not stage.is_stamped,
        ),
        (stage.layer.order_words, True),
    )
    return (
        *((translated("windows of {cells}", cells=stage.window_words),) if is_parted else ()),
        *((_indices(picture),) if labels == "letters" and plan.has_channels and plan.dims == 2 else ()),
        # Blocks have no brackets beside them.
        *((_starts(stage.spans, picture.look.first_cell),) if is_parted and is_solid else ()),
        *((told_of_chips(plan),) if are_chips else ()),
        *((stage.layer.rule_words,) if is_bare and stage.layer.rule_words and not plan.is_chain else ()),
        *(translated(words) for words, is_there in marks if words and is_there),
    )


def signs_of_still(picture: Picture, step: int) -> tuple[str, ...]:
    """Return what a caption says of one step that is shown alone, which a moving picture tells by itself.

    Parameters
    ----------
    picture : Picture
        The picture.
    step : int
        The step, counted from 0; a later one than the last is the last.
    """
    plan = picture.plan
    is_single = not plan.is_chain and not picture.look.is_beside
    marks = (
        (message("kernel in bold: at work"), picture.look.labels == "none" and _rests(picture, step)),
        (
            message("empty output cells: not yet computed")
            if is_single
            else message("empty cells of results: not yet computed"),
            picture.reveals and step < len(plan) - 1,
        ),
    )
    return tuple(translated(words) for words, is_there in marks if is_there)


def _leaves_out(picture: Picture, stage: Stage) -> bool:
    """Return whether some channels are not drawn that a stage adds up."""
    count = picture.plan.tensors[stage.source].channels
    return stage.grouping.inputs_a_group > 1 and len(picture.contents.channels[stage.source]) < count


def _rests(picture: Picture, number: int) -> bool:
    """Return whether some kernel is drawn empty in a step, since it is not at work."""
    plan = picture.plan
    if not picture.rests_kernels or number >= len(plan):
        return False
    step = plan.step(number)
    # Where layers are traced, those before the last work in all steps.
    weighted = [stage for stage in plan.main[-1 if _is_traced(plan) else 0 :] if stage.is_weighted]
    is_lone = plan.is_chain and not picture.draws_kernels
    return any(
        stage.number != step.stage or (stage.grouping.out_channels > len(step.channels) and not is_lone)
        for stage in weighted
    )


def _is_traced(plan: Plan) -> bool:
    """Return whether each step shows all that its output cell is made from, layer by layer."""
    return plan.is_chain and len(plan.main) > 1 and plan.walk.way == "outputs"


def _are_groups(stage: Stage) -> bool:
    """Return whether the blocks of a layer are parted into slabs, one for each group of channels."""
    grouping = stage.grouping
    return stage.is_weighted and grouping.groups > 1 and not grouping.is_depthwise and stage.layer.dims < 3


_NUMBERED = {
    (False, False): "",
    (True, False): message("numbered inputs are channels"),
    (False, True): message("numbered outputs are channels"),
    (True, True): message("numbered inputs and outputs are channels"),
}
"""What a caption says of channels, by whether those of the input, and of the output, are named by numbers alone."""


def _told_of_numbers(plan: Plan, said: Set[str]) -> str:
    """Return what a caption says of channels that are named by their numbers, given all words of a picture."""
    ends = (0, plan.last.target)
    has_input, has_output = (plan.tensors[end].channels > 1 and plan.named(end).of(0) in said for end in ends)
    return _NUMBERED[has_input, has_output] if plan.names == USUAL_NAMES else ""


def _are_turned(plan: Plan, said: Set[str]) -> bool:
    """Return whether weights lie turned around in the windows of a layer, and no word, of all, says so."""
    stages = (stage for stage in plan.stages if stage.is_weighted and not stage.layer.is_flipped)
    return any(map(lies_turned, stages)) and translated(ROTATED) not in said


def _indices(picture: Picture) -> str:
    """Return what the indices of letters say: which channels come first, and of which letters these are two."""
    contents, kernel = picture.contents, picture.plan.names.kernel
    paired: list[str] = []
    for stage in picture.plan.stages:
        pair = next(iter(contents.pairs(stage)), None) if stage.is_weighted else None
        said = None if pair is None else contents.kernel(stage, *pair)
        if pair and said and len(kernel.index_of_pair(*pair, stage.grouping)) > 1:
            paired.append(str(said.words.flat[0]))
    if not paired:
        return translated("indices: channels, then row and column")
    letters = listed(list(dict.fromkeys(paired)))
    # Translators: {letters} is such as "w" or "v and w".
    return translated("indices: channels (of {letters}: output, input), then row and column", letters=letters)


def _leave_dots(plan: Plan) -> bool:
    """Return whether some window covers only part of the input, so that small dots are seen beside it."""
    every = prod(plan.tensors[0].size)
    steps = map(plan.step, range(len(plan)))
    return any(len({tuple(at) for one in step.reads for at in one.taps.source.tolist()}) < every for step in steps)


def _overlaps(picture: Picture) -> bool:
    """Return whether the colour of stamped cells says how many of several stamps have fallen on them."""
    stamped = picture.stamped.get(picture.plan.last.number)
    return stamped is not None and stamped.is_graded and stamped.most > 1


def _starts(spans: Sequence[Sequence[tuple[int, int]]], first: int) -> str:
    """Return where the windows of an adaptive layer begin, axis by axis, counted from a number."""
    places = [", ".join(str(start + first) for start, _ in own) for own in spans]
    if len(places) == 1:
        return translated("windows begin at {places}", places=places[0])
    if len(set(places)) == 1:
        return translated("windows begin at rows and columns {places}", places=places[0])
    return translated("windows begin at rows {rows} and columns {columns}", rows=places[0], columns=places[1])


def told_of_chips(plan: Plan) -> str:
    """Return what a caption says of the weights in the corners of cells, which a small picture leaves out."""
    names = plan.names
    if not plan.last.is_weighted:
        return translated("small numbers are the cells' weights")
    if names.kernel.words == USUAL_NAMES.kernel.words:
        return translated("small numbers are the kernel's weights")
    # Translators: What slides in place of a kernel, and what it makes: "for the kernel gradient: output gradient".
    return translated("small numbers for the {made}: {kernel}", made=names.output.called, kernel=names.kernel.called)


def _roles(shapes: Iterable[Shape], kind: type[Cells] | type[Lines]) -> set[str]:
    """Return the roles of the shapes of a kind."""
    return {shape.role for shape in shapes if isinstance(shape, kind)}
