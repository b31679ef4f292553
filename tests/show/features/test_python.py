"""The feature explorer without a browser: what it takes, what it sends, what it answers, what it says."""

import base64

import numpy as np
import pytest
import torch
import traitlets

from labkit.cnn.cnn import CNN
from labkit.cnn.features import feature_maps
from labkit.show.features.data import PICTURE, FeatureLayer, patch_of, sees
from labkit.show.features.explorer import FeatureExplorer
from show.features.examples import FIRST, FIRST_BIAS, SECOND, explorer, look, one, seven


def numbers(data: bytes) -> np.ndarray:
    return np.frombuffer(data, "<f4")


def coded(packed: np.ndarray) -> str:
    return base64.b64encode(packed.tobytes()).decode()


def test_what_is_sent_is_what_the_model_gave():
    made = explorer()
    expected = np.concatenate([maps.ravel() for maps in look(seven())])
    np.testing.assert_allclose(numbers(made.maps), expected, atol=0.05)  # pixels are bytes: 0.9 is 230 / 255
    np.testing.assert_array_equal(numbers(made.filters)[:80], np.concatenate([FIRST.ravel(), FIRST_BIAS]))
    assert numbers(made.scores).sum() == pytest.approx(1, abs=1e-5)
    assert np.frombuffer(made.pictures, np.uint8).shape == (2 * 784,)
    state = sum(len(value) for value in made.get_state().values() if isinstance(value, bytes | str | memoryview))
    assert state < 500_000


def test_the_sum_of_a_unit_is_its_value():
    """The picture on the page is the picture that the model saw, so the arithmetic comes out exactly."""
    made = explorer()
    shown = made.bytes.unpacked(made.bytes.packed[0])
    for layer, below, (channel, row, column) in ((0, shown, (3, 10, 12)), (2, made.found[1], (5, 4, 6))):
        part = made.parts[layer]
        total = (patch_of(part, below, row, column) * part.filters[channel]).sum() + part.bias[channel]
        assert made.found[layer][channel, row, column] == pytest.approx(total, rel=1e-4)


def test_a_patch_with_stride_and_padding_starts_in_the_frame():
    layer = FeatureLayer("c", filters=np.ones((1, 2, 3, 3)), stride=2, padding=1)
    below = np.arange(50.0).reshape(2, 5, 5)
    patch = patch_of(layer, below, 0, 1)
    assert patch[0].tolist() == [[0, 0, 0], [1, 2, 3], [6, 7, 8]]
    assert sees((7, 2, -3), 0, 28) == (0, 3)


def test_a_question_about_other_pixels_is_answered():
    made = explorer()
    packed = made.bytes.pack(one())
    values, buffers = made.answer({"pixels": coded(packed), "maps": True, "unit": None})
    assert (values, buffers) == ({}, []), "maps travel as traits, once"
    expected = np.concatenate([maps.ravel() for maps in look(made.bytes.unpacked(packed))])
    np.testing.assert_allclose(numbers(made.maps), expected, rtol=1e-5)
    assert made.pixels == packed.tobytes()


def test_a_question_about_a_unit_is_answered_with_its_pixels():
    made = explorer()
    before = made.maps
    _, buffers = made.answer({"pixels": coded(made.bytes.packed[0]), "maps": False, "unit": [0, 1, 5, 6]})
    weights = numbers(buffers[0]).reshape(28, 28)
    assert np.unravel_index(weights.argmax(), weights.shape) == (10, 12)
    assert made.maps == before


def test_a_picture_from_python():
    made = explorer()
    made.show_picture(torch.tensor(one() * 3.0))  # brighter than any that it knows
    assert max(made.pixels) == 255
    np.testing.assert_array_equal(np.frombuffer(made.pixels, np.uint8), made.bytes.pack(one()).ravel())
    with pytest.raises(ValueError, match=r"these pictures are \(1, 28, 28\), not \(3, 28, 28\)"):
        made.show_picture(np.zeros((3, 28, 28)))


def test_units_stay_in_range():
    made = explorer(unit=(0, 7, 25, 25))
    made.layer = 1
    assert (made.channel, made.row, made.column) == (7, 12, 12)
    for name, value in (("layer", 3), ("channel", 8), ("row", 13), ("column", -1)):
        with pytest.raises(traitlets.TraitError, match="counted from 0"):
            setattr(made, name, value)


def test_it_says_what_it_shows():
    made = explorer()
    assert made.describe().startswith("Feature explorer, convolution 1, channel 3 of 8, unit (10, 12): ")
    assert "It can see 3 × 3 pixels. The model says" in made.describe()
    for layer in range(3):
        made.layer = layer
        data, _ = made._repr_mimebundle_()
        assert set(data) >= {"image/png", "text/plain"}
        assert len(made.picture().axes) == (4 if layer == 1 else 7)
    assert "The model says" not in explorer(classify=None, classes=()).describe()


def test_any_model_will_do():
    """Labkit's CNN by hooks, in color, with a layer that has no field and none of the extras."""
    model = CNN(classes=4, channels=3, size=20, filters=(4, 6)).eval()

    def maps(picture):
        with torch.no_grad():
            found = feature_maps(model, torch.tensor(picture)[None], ["features.0", "features.3"])
        return [found[name][0] for name in found]

    layers = [FeatureLayer("one", filters=model.features[0].weight, source=PICTURE), FeatureLayer("two")]
    made = FeatureExplorer({"noise": torch.rand(3, 20, 20)}, layers, maps)
    assert made.describe().endswith(f"{made.found[0][0, 0, 0]:.3g}.")
    assert len(made.picture().axes) == 7


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([FeatureLayer("a")], "maps of 3 layers, and there are 1"),
        (
            [FeatureLayer("a", filters=SECOND), FeatureLayer("b"), FeatureLayer("c")],
            "12 filters give as many maps, not 8",
        ),
        ([FeatureLayer("a", source=PICTURE), FeatureLayer("b"), FeatureLayer("c")], "of a layer with filters"),
        (
            [FeatureLayer("a", filters=FIRST, source=PICTURE, padding=1), FeatureLayer("b"), FeatureLayer("c")],
            "do not make maps",
        ),
        ([FeatureLayer("a"), FeatureLayer("b"), FeatureLayer("c", filters=SECOND, source=0)], "do not make maps"),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers, words):
    with pytest.raises(ValueError, match=words):
        FeatureExplorer({"a": seven()}, layers, look)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pictures": {}}, "no pictures"),
        ({"pictures": {"a": np.zeros((28, 28))}}, "1 or 3 channels, rows, columns"),
        ({"pictures": {"a": seven(), "b": np.zeros((1, 20, 20))}}, "all alike"),
        ({"look": lambda picture: [np.full((8, 26, 26), np.nan)] * 3}, "finite maps"),
        ({"look": lambda picture: [np.zeros((400, 26, 26))] * 3}, "show fewer layers or channels"),
        ({"classify": lambda picture: np.ones(3), "classes": ["a"]}, "3 probabilities for 1 classes"),
    ],
)
def test_what_does_not_fit_is_refused(given, words):
    layers = [FeatureLayer(name) for name in "abc"]
    with pytest.raises(ValueError, match=words):
        FeatureExplorer(**{"pictures": {"a": seven()}, "layers": layers, "look": look} | given)


def test_filters_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"filters are \(o, c, i, j\), not \(3, 3\)"):
        FeatureLayer("a", filters=np.zeros((3, 3)))
    with pytest.raises(ValueError, match="2 filters have as many biases"):
        FeatureLayer("a", filters=np.zeros((2, 1, 3, 3)), bias=np.zeros(3))


def test_weights_of_another_shape_are_refused():
    made = explorer(weigh=lambda *unit: np.zeros((3, 3)))
    with pytest.raises(ValueError, match=r"weigh gives \(3, 3\)"):
        made.answer({"pixels": coded(made.bytes.packed[0]), "unit": [0, 0, 0, 0]})
