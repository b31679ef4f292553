import pytest
import torch

from labkit.data.images import digits
from labkit.nn.digit_classifier import DigitClassifier, recognized, train_digit_classifier
from labkit.nn.frechet import frechet_distance


def test_a_digit_classifier_learns_the_digits_and_tells_good_from_bad():
    torch.manual_seed(0)
    data = digits()
    train, test = 2 * data.train[0] - 1, 2 * data.test[0] - 1
    classifier = train_digit_classifier(train, data.train[1], steps=120, draw=torch.Generator().manual_seed(0))
    assert not classifier.training
    with torch.no_grad():
        assert (classifier(test).argmax(dim=1) == data.test[1]).float().mean() > 0.9
        real, held = classifier.features(train), classifier.features(test)
        noisy = classifier.features((test + 0.5 * torch.randn_like(test)).clamp(-1, 1))
        one_class = classifier.features(test[data.test[1] == 3])
    floor = frechet_distance(real, held)
    assert frechet_distance(real, noisy) > 3 * floor
    assert frechet_distance(real, one_class) > 3 * floor
    assert recognized(classifier, test) > 1.5 * recognized(classifier, torch.randn_like(test))


@pytest.mark.parametrize("size", [28, 16, 10])
def test_logits_are_made_of_the_features_at_any_size(size):
    classifier, images = DigitClassifier(4, size, 2, 5), torch.randn(3, 1, size, size)
    features = classifier.features(images)
    assert features.shape == (3, 5)
    assert (features < 0).any(), "before the ReLU"
    torch.testing.assert_close(classifier(images), classifier.classify(features.relu()))


def test_the_same_seed_gives_the_same_digit_classifier():
    images, labels = torch.rand(20, 1, 28, 28), torch.arange(20) % 3
    found = []
    for _ in range(2):
        torch.manual_seed(7)
        found.append(train_digit_classifier(images, labels, 2, noise=0.3, draw=torch.Generator().manual_seed(7)))
    torch.testing.assert_close(found[0].state_dict(), found[1].state_dict(), rtol=0, atol=0)
    assert found[0].classify.out_features == 3


def test_noise_changes_what_it_learns():
    images, labels = torch.rand(20, 1, 12, 12), torch.arange(20) % 3
    found = []
    for noise in (0.0, 1.0):
        torch.manual_seed(7)
        found.append(train_digit_classifier(images, labels, 3, noise=noise, draw=torch.Generator().manual_seed(7)))
    assert not torch.allclose(found[0].hidden.weight, found[1].hidden.weight)


def test_recognized_counts_probabilities_from_the_threshold_on():
    """Four images whose largest probability is 0.5, 0.8, 0.9 and 0.95, by logits that are written down."""
    largest = torch.tensor([0.5, 0.8, 0.9, 0.95], dtype=torch.float64)
    logits = torch.stack([largest.log(), (1 - largest).log()], dim=1)
    classifier = torch.nn.Flatten()  # the images are their own logits
    images = logits.view(4, 1, 1, 2)
    assert recognized(classifier, images, least=0.89) == 0.5
    assert recognized(classifier, images, least=0.7) == 0.75


def test_each_image_needs_a_label():
    with pytest.raises(ValueError, match="3 images came with 2 labels"):
        train_digit_classifier(torch.rand(3, 1, 28, 28), torch.tensor([0, 1]))
