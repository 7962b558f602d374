"""The names of shapes."""

from __future__ import annotations

from convanim import Conv, animate, compare
from convanim.formats.shape_names import ShapeNames
from convanim.views.scene import Cells, Scene


def cells(scene: Scene, step: int) -> set[str]:
    names = ShapeNames.of(scene)
    shapes = (*scene.ground, *scene.moment(step))
    return {name for shape in shapes if isinstance(shape, Cells) for name in names.cells(shape)}


def test_grids_of_one_name_are_numbered() -> None:
    assert set(ShapeNames.of(animate(Conv(3, 2)).scene).grids.values()) == {"input", "output"}
    both = compare([Conv(3, 2), Conv(3, 3)]).scene
    assert sorted(ShapeNames.of(both).grids.values()) == ["input 1", "input 2", "output 1", "output 2"]


def test_what_is_not_computed_yet_has_the_name_of_its_grid() -> None:
    named = cells(animate(Conv(3, 2), values=True).scene, 0)
    assert {"input cell 2,2", "output cell 1,1"} <= named


def test_padding_has_no_number() -> None:
    assert "padding" in cells(animate(Conv(3, 2, padding=1)).scene, 0)


def test_kinds_are_words_for_people() -> None:
    scene = animate(Conv(3, 2)).scene
    names = ShapeNames.of(scene)
    assert {names.kind(shape) for shape in scene.moment(0)} == {
        *("window", "window outline", "ray", "made", "made outline", "mark")
    }
