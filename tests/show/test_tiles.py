import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg

from labkit.show.tiles import tiles


def test_pictures_stand_in_order_and_are_large_enough_to_read():
    pictures = torch.stack([torch.full((1, 4, 4), value / 4) for value in range(5)])
    figure = tiles({"real": pictures, "made": pictures.flip(0)}, "Two rows", across=3)
    FigureCanvasAgg(figure).draw()
    real, made = (axes.images[0].get_array() for axes in figure.axes)
    assert np.allclose(real[0, ::4], [0, 0.25, 0.5])
    assert np.allclose(made[0, ::4], [1, 0.75, 0.5])
    assert figure.axes[0].get_window_extent().width / 3 > 60
    assert [axes.get_ylabel() for axes in figure.axes] == ["real", "made"]


def test_color_pictures_keep_their_channels():
    color = torch.rand(2, 3, 4, 4)
    drawn = tiles({"color": color}, "Color").axes[0].images[0].get_array()
    assert np.allclose(drawn[:, 4:], color[1].permute(1, 2, 0))


def test_refuses_what_is_no_row_of_pictures():
    with pytest.raises(ValueError, match="at least one row"):
        tiles({}, "None")
    with pytest.raises(ValueError, match="tiles takes pictures"):
        tiles({"flat": torch.ones(3, 16)}, "Flat")
