"""Tensor shapes in words."""

from labkit.show.shapes import named, written

AXES = {"b": 2, "t": 5, "s": 7, "d": 16}


def test_dimensions_by_name():
    assert written((2, 5, 16), AXES) == "b t d = 2×5×16"
    assert written((2, 7, 64), AXES) == "b s 4d = 2×7×64"
    assert written((2, 3, 28), AXES) == "b 3 28 = 2×3×28"
    assert written((3, 3), {}) == "3×3"
    assert written((), AXES) == "scalar"


def test_sizes_that_collide_go_in_the_order_given():
    assert [letter for letter, _ in named((4, 4, 4, 4), {"b": 4, "t": 4, "d": 4})] == ["b", "t", "d", "d"]
