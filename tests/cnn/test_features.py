import pytest
import torch
from torch import nn

from labkit.cnn.cnn import CNN
from labkit.cnn.features import feature_maps, pixel_weights
from labkit.cnn.receptive_field import Field


def test_maps_are_what_the_layers_gave():
    """Also where a ReLU in place follows."""
    model, x = CNN(), torch.randn(2, 1, 28, 28)
    found = feature_maps(model, x, ["features.1", "features.2", "features.0"])
    first = model.features[0](x)
    torch.testing.assert_close(found["features.0"], first)
    torch.testing.assert_close(found["features.1"], nn.functional.max_pool2d(first, 2))
    torch.testing.assert_close(found["features.2"], found["features.1"].relu())
    assert (found["features.1"] < 0).any()
    assert not any(module._forward_hooks for module in model.modules())


def test_a_layer_that_is_not_there_is_said():
    with pytest.raises(KeyError, match=r"no layers \['head'\]: choose from"):
        feature_maps(CNN(), torch.zeros(1, 1, 28, 28), ["head"])


def test_pixel_weights_stay_in_the_field_and_leave_the_model_alone():
    model, x = CNN().train(), torch.randn(1, 1, 28, 28)
    field = Field().through(3).through(2, 2).through(3)
    weights = pixel_weights(model, x, "features.3", 5, 4, 6)
    rows, columns = list(field.pixels(4)), list(field.pixels(6))
    outside = weights.clone()
    outside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = 0
    assert weights.sum() > 0
    assert outside.sum() == 0
    assert model.training
    assert all(p.grad is None for p in model.parameters())


def test_pixel_weights_of_one_convolution_are_its_kernel():
    model = nn.Sequential(nn.Conv2d(2, 3, 3))
    with torch.no_grad():
        weights = pixel_weights(model, torch.randn(1, 2, 8, 8), "0", 1, 2, 3)
    torch.testing.assert_close(weights[2:5, 3:6], model[0].weight[1].detach().abs().sum(dim=0))
    assert weights.sum() == pytest.approx(model[0].weight[1].abs().sum().item(), rel=1e-5)
