import pytest
import torch

from labkit.data.vocabulary import START
from labkit.rnn.attentive import BahdanauSeq2Seq, LuongSeq2Seq
from labkit.rnn.recurrent_attention import AdditiveScore, DotScore
from peers.recurrent import TorchBahdanau, TorchLuong

TOKENS = 12
PEERS = {BahdanauSeq2Seq: TorchBahdanau, LuongSeq2Seq: TorchLuong}


def sentences():
    source, target = torch.randint(4, TOKENS, (3, 7)), torch.randint(4, TOKENS, (3, 5))
    source[0, 5:], source[2, 2:] = 0, 0
    target[:, 0] = START
    return source, target


@pytest.mark.parametrize("kind", PEERS)
def test_matches_torch(kind):
    """An ordinary model of torch's parts with the same weights: logits, and gradients of what they share."""
    ours, (source, target) = kind(TOKENS, TOKENS, 8), sentences()
    peer = PEERS[kind](ours)
    logits, theirs = ours(source, target), peer(source, target)
    torch.testing.assert_close(logits, theirs)
    weights = [
        weight for name, weight in ours.named_parameters() if not name.startswith(("reader.forth", "reader.back"))
    ]
    mixture = torch.randn_like(logits)
    found = torch.autograd.grad((logits * mixture).sum(), weights)
    torch.testing.assert_close(found, torch.autograd.grad((theirs * mixture).sum(), weights))


@pytest.mark.parametrize("kind", PEERS)
def test_alignments_are_distributions_over_what_is_there(kind):
    model, (source, target) = kind(TOKENS, TOKENS, 8), sentences()
    logits, weights = model.align(source, target)
    torch.testing.assert_close(logits, model(source, target))
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(3, 5))
    hidden = (source == 0)[:, None].expand_as(weights)
    assert (weights[hidden] == 0).all()
    assert (weights[~hidden] > 0).all()


@pytest.mark.parametrize("kind", PEERS)
def test_every_place_reaches_the_writer_directly(kind):
    """Cut the readers' own paths through time: each source token still has a gradient, by attention alone."""
    model = kind(TOKENS, TOKENS, 8)
    with torch.no_grad():
        for reader in (model.reader.forth, model.reader.back):
            reader.weight_hh_l0.zero_()
            reader.bias_hh_l0.zero_()
            reader.bias_ih_l0[4:8] = -60.0  # and no update gate keeps the old state
            reader.weight_ih_l0[4:8] = 0.0
    source = torch.arange(4, 11)[None]
    model(source, torch.tensor([[START, 5]])).square().sum().backward()
    assert (model.reader.table.weight.grad[4:11] != 0).any(dim=-1).all()


def test_bahdanau_looks_before_it_reads_the_token_and_luong_after():
    source, target = sentences()
    other = target.clone()
    other[:, 2] = (other[:, 2] - 4 + 1) % 8 + 4
    for kind, first in ((BahdanauSeq2Seq, 3), (LuongSeq2Seq, 2)):
        model = kind(TOKENS, TOKENS, 8)
        changed = (model.align(source, target)[1] != model.align(source, other)[1]).any(dim=-1).any(dim=0)
        assert changed.tolist() == [t >= first for t in range(5)]


@pytest.mark.parametrize("score", [AdditiveScore, DotScore])
def test_luong_takes_any_score(score):
    model, (source, target) = LuongSeq2Seq(TOKENS, TOKENS, 8, score(8)), sentences()
    assert model.align(source, target)[1].shape == (3, 5, 7)
    assert isinstance(model.score, score)
