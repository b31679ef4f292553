import torch

from labkit.data.images import digits
from labkit.gan.frechet import frechet_distance
from labkit.gan.judge import Judge, train_judge


def test_a_judge_learns_the_digits_and_tells_good_from_bad():
    torch.manual_seed(0)
    data = digits()
    train, test = 2 * data.train[0] - 1, 2 * data.test[0] - 1
    judge = train_judge(train, data.train[1], steps=120, draw=torch.Generator().manual_seed(0))
    assert not judge.training
    with torch.no_grad():
        assert (judge(test).argmax(dim=1) == data.test[1]).float().mean() > 0.9
        real, held = judge.features(train), judge.features(test)
        noisy = judge.features((test + 0.5 * torch.randn_like(test)).clamp(-1, 1))
        one_class = judge.features(test[data.test[1] == 3])
    floor = frechet_distance(real, held)
    assert frechet_distance(real, noisy) > 3 * floor
    assert frechet_distance(real, one_class) > 3 * floor


def test_logits_are_made_of_the_features():
    judge, images = Judge(4, 2, 5), torch.randn(3, 1, 28, 28)
    features = judge.features(images)
    assert features.shape == (3, 5)
    assert (features < 0).any(), "before the ReLU"
    torch.testing.assert_close(judge(images), judge.classify(features.relu()))


def test_the_same_seed_gives_the_same_judge():
    images, classes = torch.rand(20, 1, 28, 28), torch.arange(20) % 3
    judges = []
    for _ in range(2):
        torch.manual_seed(7)
        judges.append(train_judge(images, classes, steps=2, draw=torch.Generator().manual_seed(7)))
    torch.testing.assert_close(judges[0].state_dict(), judges[1].state_dict(), rtol=0, atol=0)
    assert judges[0].classify.out_features == 3
