import pytest
import torch
import torch.nn.functional as F

from labkit.data.translation import reversal
from labkit.data.vocabulary import END, START
from labkit.nn.attention import watch
from labkit.nn.blocks import PostNorm, PreNorm
from labkit.nn.decoding import beam_search, greedy
from labkit.nn.positions import LearnedPositions, Rotary, SinusoidalPositions
from labkit.transformers.transformer import Transformer, teacher_forcing
from peers.transformer import TorchTranslator, marian

TOKENS = 20


def small(**kwargs):
    return Transformer(TOKENS, TOKENS, width=16, heads=2, depth=2, **{"dropout": 0.0} | kwargs)


def sentences():
    source, target = torch.randint(4, TOKENS, (3, 7)), torch.randint(4, TOKENS, (3, 5))
    source[0, 5:], target[1, 3:] = 0, 0
    target[:, 0] = START
    return source, target


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True:UserWarning")
@pytest.mark.parametrize("residual", [PreNorm, PostNorm])
def test_matches_torch(residual):
    ours, (source, target) = small(residual=residual), sentences()
    peer = TorchTranslator(ours)
    real = target != 0
    torch.testing.assert_close(ours(source, target)[real], peer(source, target)[real])


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True:UserWarning")
def test_gradients_match_torch():
    ours, (source, target) = small(residual=PostNorm), sentences()
    peer, labels = TorchTranslator(ours), target[:, 1:].flatten()
    for model in (ours, peer):
        F.cross_entropy(model(source, target[:, :-1]).flatten(0, 1), labels, ignore_index=0).backward()
        if model is ours:
            ours_source, ours.source.table.weight.grad = ours.source.table.weight.grad, None
    torch.testing.assert_close(ours_source, peer.source.table.weight.grad)
    torch.testing.assert_close(
        ours.decoder.blocks[1].feed_forward[0].weight.grad, peer.core.decoder.layers[1].linear1.weight.grad
    )


def test_matches_transformers_marian():
    """Post-norm, sinusoidal, tied: MarianMT is the paper's model; logits and greedy tokens agree."""
    ours, (source, target) = small(residual=PostNorm).eval(), sentences()
    torch.nn.init.normal_(ours.out.bias)
    peer = marian(ours, TOKENS, TOKENS)
    attention, real = (source != 0).long(), target != 0
    logits = peer(input_ids=source, attention_mask=attention, decoder_input_ids=target).logits
    torch.testing.assert_close(ours(source, target)[real], logits[real], atol=1e-5, rtol=1e-4)
    theirs = peer.generate(source, attention_mask=attention, max_new_tokens=8, num_beams=1, do_sample=False)
    written = greedy(ours.start(source), 3, 8, START, END)
    for row, expected in zip(written, theirs, strict=True):
        length = row.tolist().index(END) + 1 if END in row else len(row)
        assert row[:length].tolist() == expected[:length].tolist()


@pytest.mark.parametrize("positions", [SinusoidalPositions(16), LearnedPositions(16), Rotary(8)])
def test_writing_step_by_step_is_the_whole_pass(positions):
    model, (source, target) = small(positions=positions).eval(), sentences()
    target = target.clamp(min=1)
    writer = model.start(source)
    steps = [writer.step(target[:, t]) for t in range(target.shape[1])]
    torch.testing.assert_close(torch.stack(steps, dim=1), model(source, target), atol=1e-5, rtol=1e-4)


def test_beam_search_scores_are_the_models_own():
    model, (source, _) = small().eval(), sentences()
    written, scores = beam_search(model.start(source), 3, 6, START, END, beams=3, penalty=0.0)
    for row in range(3):
        for beam in range(3):
            tokens = written[row, beam].tolist()
            tokens = tokens[: tokens.index(END) + 1] if END in tokens else tokens
            log_p = model(source[row : row + 1], torch.tensor([tokens[:-1]])).log_softmax(-1)[0]
            expected = sum(log_p[t, token].item() for t, token in enumerate(tokens[1:]))
            assert scores[row, beam].item() == pytest.approx(expected, abs=1e-4)


def test_the_future_and_the_padding_are_not_seen():
    model, (source, target) = small().eval(), sentences()
    logits = model(source, target)
    changed = target.clone()
    changed[:, 3:] = 9
    torch.testing.assert_close(model(source, changed)[:, :3], logits[:, :3])
    torch.testing.assert_close(model(source[:1, :5], target[:1]), logits[:1])


def test_without_positions_the_source_is_a_bag():
    model, (source, target) = small().eval(), sentences()
    model.source.positions = None
    torch.testing.assert_close(model(source[:, torch.randperm(7)], target), model(source, target))


def test_teacher_forcing():
    inputs, labels, mask = teacher_forcing(torch.tensor([[1, 5, 6, 2], [1, 7, 2, 0]]))
    assert inputs.tolist() == [[1, 5, 6], [1, 7, 2]]
    assert labels.tolist() == [[5, 6, 2], [7, 2, 0]]
    assert mask[0].tolist() == [[True, False, False], [True, True, False], [True, True, True]]
    assert teacher_forcing(torch.tensor([[1, 7, 0, 0]]))[2][0, 2].tolist() == [True, True, False]


def test_one_table_serves_the_target_and_the_output():
    model = small()
    assert model.out.weight is model.target.table.weight
    assert len({id(p) for p in model.parameters()}) == len(list(model.parameters()))


def test_embeddings_begin_with_unit_size():
    vectors = Transformer(500, 500, width=64).source.table.weight * 8
    assert vectors.std().item() == pytest.approx(1.0, abs=0.02)


def test_watching_sees_every_layer():
    model, (source, target) = small(), sentences()
    with watch(model) as seen:
        model(source, target)
    assert sorted(seen) == sorted(
        [f"encoder.blocks.{i}.attention" for i in (0, 1)]
        + [f"decoder.blocks.{i}.{part}" for i in (0, 1) for part in ("attention", "cross_attention")]
    )
    cross = seen["decoder.blocks.1.cross_attention"][0]
    assert cross.weights.shape == (3, 2, 5, 7)
    assert (cross.weights[0, :, :, 5:] == 0).all()


def test_learns_to_reverse():
    torch.manual_seed(0)
    task = reversal(16, 1, shortest=3, longest=5)
    model = Transformer(len(task.source), len(task.target), width=32, heads=4, depth=1, dropout=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    source, target = task.train
    for _ in range(80):
        logits = model(source, target[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    written = greedy(model.eval().start(source), 16, 6, START, END)
    for row, expected in zip(written, target, strict=True):
        assert task.target.decode(row) == task.target.decode(expected)
