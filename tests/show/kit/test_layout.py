"""Where nodes stand: the same for the same seed, neighbors near, all inside."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from labkit.show.kit.layout import draw_graph, spring_layout

CLIQUES = np.array([(a, b) for start in (0, 6) for a in range(start, start + 6) for b in range(start, a)] + [(0, 6)]).T


def test_the_same_seed_gives_the_same_places():
    np.testing.assert_array_equal(spring_layout(CLIQUES, 12, seed=3), spring_layout(CLIQUES, 12, seed=3))
    assert not np.allclose(spring_layout(CLIQUES, 12, seed=3), spring_layout(CLIQUES, 12, seed=4))


def test_neighbors_stand_nearer_than_strangers():
    places = spring_layout(CLIQUES, 12)
    distance = np.linalg.norm(places[:, None] - places[None], axis=-1)
    same = np.arange(12)[:, None] // 6 == np.arange(12) // 6
    assert distance[same].mean() < 0.6 * distance[~same].mean()


def test_all_places_are_inside_and_apart():
    places = spring_layout(CLIQUES, 13)  # the last is connected to nobody
    assert places.min() == 0
    assert places.max() == 1
    distance = np.linalg.norm(places[:, None] - places[None], axis=-1) + np.eye(13)
    assert distance.min() > 0.02


def test_one_node_and_none():
    assert spring_layout(np.zeros((2, 0)), 1).shape == (1, 2)
    assert spring_layout(np.zeros((2, 0)), 0).shape == (0, 2)


def test_edges_to_nowhere():
    with pytest.raises(ValueError, match="0 to 2, and these edges from 0 to 3"):
        spring_layout(np.array([[0], [3]]), 3)


def test_the_drawing_has_every_edge_and_name():
    axes, places = Figure().subplots(), spring_layout(CLIQUES, 12)
    draw_graph(axes, CLIQUES, places, ["#0072B2"] * 12, names={0: "first"})
    lines = axes.collections[0].get_segments()
    np.testing.assert_allclose(lines, places[CLIQUES.T])
    np.testing.assert_allclose(axes.collections[1].get_offsets(), places)
    assert [text.get_text() for text in axes.texts] == ["first"]
