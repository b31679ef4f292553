import pytest
import torch

from labkit.data.citations import bags_of_words, citations


@pytest.mark.parametrize("homophily", [0.0, 0.5, 1.0])
def test_homophily_is_what_was_asked_for(homophily):
    graph = citations(papers=3000, homophily=homophily)
    same = (graph.y[graph.edges[0]] == graph.y[graph.edges[1]]).float().mean().item()
    assert same == pytest.approx(homophily, abs=0.03)


def test_some_papers_are_cited_far_more_than_others():
    degree = citations(papers=3000).edges[1].bincount()
    assert degree.max() > 10 * degree.float().mean()


def test_words_tell_of_the_topic_as_clearly_as_asked():
    y, draw = torch.arange(4).repeat(500), torch.Generator().manual_seed(0)
    for clarity in (0.0, 0.5, 1.0):
        bags = bags_of_words(y, 4, 4000, clarity, draw)
        own = bags[torch.arange(4000) % 4 == y[:, None]].sum() / len(y)
        assert own.item() == pytest.approx(clarity + (1 - clarity) / 4, abs=0.03)
        torch.testing.assert_close(bags.sum(1), torch.ones(2000))


def test_masks_and_seeds():
    graph = citations(papers=400, topics=4, labelled=10, seed=3)
    assert graph.y[graph.train].bincount().tolist() == [10] * 4
    assert (graph.train | graph.validation | graph.test).all()
    assert torch.equal(graph.edges, citations(papers=400, topics=4, labelled=10, seed=3).edges)
    assert not torch.equal(graph.y, citations(papers=400, topics=4, labelled=10, seed=4).y)
    assert (graph.edges[0] != graph.edges[1]).all()


@pytest.mark.parametrize("bad", [{"topics": 1}, {"homophily": 1.2}, {"clarity": -0.1}])
def test_bad_input_is_named_at_the_door(bad):
    with pytest.raises(ValueError, match="between 0 and 1"):
        citations(**bad)
