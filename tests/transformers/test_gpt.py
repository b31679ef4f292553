"""GPT beside transformers' GPT-2, on copied weights."""

import pytest
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from labkit.nn.attention import watch
from labkit.nn.cache import KeyValueCache
from labkit.nn.decoding import Writer, beam_search, greedy
from labkit.transformers.gpt import GPT, GPTBlock, causal_loss, gpt2_large, gpt2_medium, gpt2_small, gpt2_xl
from labkit.transformers.sampling import generate
from peers.gpt import transformers_gpt2

TOKENS = 30


def small(**changes):
    """With weights large enough to matter: at GPT-2's own beginning attention is nearly uniform."""
    model = GPT(TOKENS, **{"width": 16, "heads": 4, "depth": 3, "length": 24, "dropout": 0.0} | changes)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model.eval()


def texts(rows=3, length=20):
    return torch.randint(0, TOKENS, (rows, length))


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_matches_transformers(attention):
    ours, tokens = small(), texts()
    peer = transformers_gpt2(ours, attention=attention)
    torch.testing.assert_close(ours(tokens), peer(tokens).logits, atol=1e-5, rtol=1e-4)
    written = peer.generate(tokens[:, :5], attention_mask=torch.ones(3, 5), max_new_tokens=19, do_sample=False)
    assert torch.equal(generate(ours, tokens[:, :5], 19, k=1), written)
    for row in range(3):
        writer = ours.start(tokens[row : row + 1, :4])
        assert torch.equal(greedy(writer, 1, 19, int(tokens[row, 4]), end=-1)[0], written[row, 4:])


def test_loss_and_gradients_match_transformers():
    ours, tokens = small(), texts()
    labels = tokens.clone()
    labels[0, :7], labels[1, 11], labels[2, -1] = -100, -100, -100
    peer = transformers_gpt2(ours)
    loss = causal_loss(ours(tokens), labels)
    torch.testing.assert_close(loss, peer(tokens, labels=labels).loss)
    loss.backward(), peer(tokens, labels=labels).loss.backward()
    body, last = peer.transformer, ours.blocks[2]
    torch.testing.assert_close(ours.table.weight.grad, body.wte.weight.grad, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(ours.positions.table.grad, body.wpe.weight.grad, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(last.feed_forward[0].weight.grad, body.h[2].mlp.c_fc.weight.grad.T, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(
        last.attention.query.weight.grad, body.h[2].attn.c_attn.weight.grad[:, :16].T, atol=1e-5, rtol=1e-4
    )


def test_loss_by_hand():
    logits = torch.zeros(1, 3, 4)
    logits[0, 0, 2] = 3.0  # after the first token
    logits[0, 2, 1] = 99.0  # after the last: nobody asks
    expected = (-torch.tensor([0.0, 0.0, 3.0, 0.0]).log_softmax(0)[2] + torch.tensor(4.0).log()) / 2
    torch.testing.assert_close(causal_loss(logits, torch.tensor([[0, 2, 3]])), expected)
    torch.testing.assert_close(causal_loss(logits, torch.tensor([[0, -100, 3]])), torch.tensor(4.0).log())


@pytest.mark.parametrize(("shape", "labels"), [((2, 5, 4), (2, 4)), ((2, 5, 4), (3, 5)), ((2, 1, 4), (2, 1))])
def test_shapes_of_the_loss(shape, labels):
    with pytest.raises(ValueError, match="need the same positions, at least 2"):
        causal_loss(torch.zeros(shape), torch.zeros(labels, dtype=torch.int64))


def test_the_future_is_not_seen():
    model, tokens = small(), texts(1)
    vectors = model.table(tokens).detach().requires_grad_()
    model.table.forward = lambda _: vectors
    model(tokens)[0, 9].sum().backward()
    assert (vectors.grad[0, 10:] == 0).all()
    assert (vectors.grad[0, :10] != 0).any(-1).all()


@pytest.mark.parametrize("cuts", [(1,) * 20, (7, 1, 12), (20,), (19, 1)])
def test_cached_logits_are_the_uncached(cuts):
    model, tokens = small(), texts()
    caches = [KeyValueCache() for _ in model.blocks]
    pieces = [model(piece, caches) for piece in tokens.split(cuts, dim=1)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), model(tokens), atol=1e-5, rtol=1e-4)
    assert [len(cache) for cache in caches] == [20] * 3


def test_a_cached_step_costs_one_row_of_what_a_pass_costs():
    """Multiplications of the weights: the same at every step, where without cache they grow with the text."""

    def operations(run):
        with FlopCounterMode(display=False) as counter, torch.no_grad(), watch(model):
            run()  # watched, so that attention is computed by products that the counter knows
        return counter.get_total_flops()

    model = GPT(TOKENS, width=64, heads=2, depth=2, length=128).eval()
    weights = sum(p.numel() for p in model.parameters() if p.ndim == 2) - model.positions.table.numel()
    for held in (1, 31, 100):
        tokens = texts(1, held + 1)
        writer = model.start(tokens[:, :-1])
        attention = 2 * 2 * 2 * 64 * (held + 1)  # twice, for two blocks, two products with a row of scores
        assert operations(lambda w=writer, t=tokens: w.step(t[:, -1])) == 2 * weights + attention
        assert operations(lambda t=tokens: model(t)) >= (held + 1) * 2 * weights


def test_beams_go_on_with_their_own_caches():
    model, tokens = small(), texts(1, 5)
    assert isinstance(model.start(), Writer)
    written, scores = beam_search(
        model.start(tokens[:, :4]), 1, 6, int(tokens[0, 4]), end=-1 % TOKENS, beams=3, penalty=0.0
    )
    for beam in range(3):
        row = written[0, beam]
        if (row == TOKENS - 1).any():
            row = row[: row.tolist().index(TOKENS - 1) + 1]
        log_p = model(torch.cat([tokens[0, :4], row])[None, :-1]).log_softmax(-1)[0, 4:]
        torch.testing.assert_close(log_p.gather(1, row[1:, None]).sum(), scores[0, beam], atol=1e-4, rtol=1e-4)


def test_beginning_of_training():
    """Deviations of GPT-2: 0.02, less on the residual path, biases zero; so the loss begins at that of a guess."""
    model = GPT(500, width=128, heads=4, depth=8, length=64, dropout=0.0)
    block = model.blocks[3]
    for weight in (model.table.weight, model.positions.table, block.attention.key.weight, block.feed_forward[0].weight):
        assert weight.std().item() == pytest.approx(0.02, rel=0.05)
    for weight in (block.attention.out.weight, block.feed_forward[2].weight):
        assert weight.std().item() == pytest.approx(0.02 / 4, rel=0.05)
    assert all((layer.bias == 0).all() for layer in block.modules() if isinstance(layer, torch.nn.Linear))
    tokens = torch.randint(0, 500, (4, 64))
    assert causal_loss(model(tokens), tokens).item() == pytest.approx(torch.tensor(500.0).log().item(), abs=0.1)


def test_one_table_serves_both_ends():
    model = small()
    assert model.out.weight is model.table.weight
    assert "out.weight" not in dict(model.named_parameters())


def test_block_bends_by_gelu_new():
    from transformers.activations import NewGELUActivation

    block, x = GPTBlock(8, 2), torch.randn(50) * 3
    torch.testing.assert_close(block.feed_forward[1](x), NewGELUActivation()(x))
    assert not torch.allclose(block.feed_forward[1](x), F.gelu(x), atol=1e-5)


def test_published_sizes():
    sizes = {gpt2_small: 124_439_808, gpt2_medium: 354_823_168, gpt2_large: 774_030_080, gpt2_xl: 1_557_611_200}
    for preset, count in sizes.items():
        with torch.device("meta"):
            assert sum(p.numel() for p in preset().parameters()) == count


def test_dropout_falls_in_training_only():
    model, tokens = small(dropout=0.5), texts()
    torch.testing.assert_close(model(tokens), model(tokens))
    assert not torch.allclose(model.train()(tokens), model(tokens))


def test_beyond_its_length():
    model = small()
    with pytest.raises(ValueError, match="positions up to 25 asked for, but the table ends at 24"):
        model(texts(1, 25))
    writer = model.start(texts(1, 24))
    with pytest.raises(ValueError, match="positions up to 25"):
        writer.step(torch.tensor([1]))


def test_watching_sees_every_block():
    model, tokens = small(), texts(2, 6)
    with watch(model) as seen:
        model(tokens)
    assert list(seen) == [f"blocks.{i}.attention" for i in range(3)]
    weights = seen["blocks.1.attention"][0].weights
    torch.testing.assert_close(weights.triu(1), torch.zeros(2, 4, 6, 6))
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 4, 6))


def test_learns_to_repeat_what_it_read_long_ago():
    """Eight random tokens, then the same again: no n-gram shorter than nine can know them, and attention does."""
    model = GPT(16, width=32, heads=2, depth=1, length=16, dropout=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(150):
        tokens = torch.randint(0, 16, (32, 8)).repeat(1, 2)
        loss = F.cross_entropy(model(tokens)[:, 7:-1].flatten(0, 1), tokens[:, 8:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.3
