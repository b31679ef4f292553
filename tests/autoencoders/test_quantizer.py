import pytest
import torch

from labkit.autoencoders.quantizer import EMAQuantizer, VectorQuantizer, nearest, perplexity, quantize, usage


@pytest.fixture
def peer():
    """The quantizer of diffusers. Its `legacy=False` puts beta on the commitment, as the paper does."""
    from diffusers.models.autoencoders.vae import VectorQuantizer as Peer

    return Peer(8, 3, beta=0.25, legacy=False)


def test_matches_diffusers(peer):
    """The same codes, values, gradients and loss; their loss is a mean over all numbers, ours of squared lengths."""
    ours = VectorQuantizer(8, 3)
    ours.codebook.data.normal_()
    peer.embedding.weight.data.copy_(ours.codebook.data)
    vectors = torch.randn(2, 3, 4, 4)
    rows = vectors.permute(0, 2, 3, 1).reshape(-1, 3).requires_grad_()
    vectors.requires_grad_()
    quantized, codes, loss = ours(rows)
    theirs, their_loss, (_, _, their_codes) = peer(vectors)
    assert codes.tolist() == their_codes.tolist()
    torch.testing.assert_close(quantized, theirs.permute(0, 2, 3, 1).reshape(-1, 3))
    torch.testing.assert_close(loss, 3 * their_loss)
    ramp = torch.arange(32 * 3.0).cos().view(32, 3)
    ((quantized * ramp).sum() + loss).backward()
    ((theirs.permute(0, 2, 3, 1).reshape(-1, 3) * ramp).sum() + 3 * their_loss).backward()
    torch.testing.assert_close(rows.grad, vectors.grad.permute(0, 2, 3, 1).reshape(-1, 3))
    torch.testing.assert_close(ours.codebook.grad, peer.embedding.weight.grad)


def test_the_nearest_code_one_by_one():
    vectors, codebook = torch.randn(40, 5), torch.randn(7, 5)
    expected = [min(range(7), key=lambda c: (v - codebook[c]).norm().item()) for v in vectors]
    assert nearest(vectors, codebook).tolist() == expected


def test_gradients_go_straight_through_and_each_term_moves_one_side():
    vectors, codebook = torch.randn(6, 3, requires_grad=True), torch.randn(4, 3, requires_grad=True)
    quantized, codes, loss = quantize(vectors, codebook, beta=0.5)
    torch.testing.assert_close(quantized, codebook[codes])
    ramp = torch.randn(6, 3)
    to_vectors, to_codes = torch.autograd.grad((quantized * ramp).sum(), (vectors, codebook), allow_unused=True)
    torch.testing.assert_close(to_vectors, ramp)
    assert to_codes is None
    to_vectors, to_codes = torch.autograd.grad(loss, (vectors, codebook))
    torch.testing.assert_close(to_vectors, 2 * 0.5 / 6 * (vectors - codebook[codes]))
    expected = torch.zeros(4, 3).index_add_(0, codes, 2 / 6 * (codebook[codes] - vectors).detach())
    torch.testing.assert_close(to_codes, expected)


def test_a_code_that_is_never_the_nearest_gets_no_gradient():
    codebook = torch.cat([torch.zeros(1, 2), torch.full((1, 2), 100.0)]).requires_grad_()
    quantize(torch.randn(5, 2), codebook)[2].backward()
    assert codebook.grad[0].abs().sum() > 0
    assert (codebook.grad[1] == 0).all()


def test_use_in_closed_form():
    assert perplexity(torch.tensor([0, 1, 2, 3]), 8) == pytest.approx(4.0)
    assert perplexity(torch.zeros(5, dtype=torch.int64), 8) == pytest.approx(1.0)
    assert perplexity(torch.tensor([[0, 0], [0, 1]]), 2) == pytest.approx(4 / 3**0.75)
    assert usage(torch.tensor([[0, 3], [3, 3]]), 5).tolist() == [0.25, 0, 0, 0.75, 0]


def test_the_moving_average_is_the_formula():
    """Three steps, by hand, with a decay short enough to forget."""
    layer = EMAQuantizer(3, 2, decay=0.6, revive=0.0)
    layer.codebook.copy_(torch.tensor([[-5.0, 0], [0, 0], [5, 0]]))
    layer.sums.copy_(layer.codebook)
    counts, sums, book = [1.0] * 3, [row.clone() for row in layer.sums], layer.codebook.clone()
    for _ in range(3):
        vectors = torch.randn(20, 2) * 3
        codes = nearest(vectors, book).tolist()
        quantized, found, _ = layer(vectors)
        assert found.tolist() == codes
        torch.testing.assert_close(quantized, book[found], msg="the codes that were there before the step")
        for c in range(3):
            mine = [v for v, code in zip(vectors, codes, strict=True) if code == c]
            counts[c] = 0.6 * counts[c] + 0.4 * len(mine)
            sums[c] = 0.6 * sums[c] + 0.4 * sum(mine, torch.zeros(2))
            book[c] = sums[c] / counts[c]
        torch.testing.assert_close(layer.codebook, book)


def test_without_decay_it_is_k_means():
    """One pass of Lloyd's algorithm: each code becomes the mean of its vectors."""
    from sklearn.cluster import KMeans

    vectors = torch.randn(60, 2).double()
    layer = EMAQuantizer(4, 2, decay=0.0, revive=0.0).double()
    layer.codebook.copy_(vectors[:4])
    layer(vectors)
    peer = KMeans(4, init=vectors[:4].numpy(), n_init=1, max_iter=300, tol=0, algorithm="lloyd").fit(vectors.numpy())
    for _ in range(100):
        layer(vectors)
    torch.testing.assert_close(layer.codebook, torch.tensor(peer.cluster_centers_))


def test_the_moving_codebook_stands_still_outside_of_training_and_takes_no_gradient():
    layer, vectors = EMAQuantizer(3, 2).eval(), torch.randn(9, 2, requires_grad=True)
    before = layer.codebook.clone()
    _, codes, loss = layer(vectors)
    torch.testing.assert_close(layer.codebook, before)
    assert not list(layer.parameters())
    (gradient,) = torch.autograd.grad(loss, vectors)
    torch.testing.assert_close(gradient, 2 * 0.25 / 9 * (vectors - before[codes]))


def test_a_dead_code_comes_back_where_the_vectors_are():
    for revive, alive in ((0.0, False), (0.1, True)):
        torch.manual_seed(0)
        layer = EMAQuantizer(4, 2, decay=0.5, revive=revive)
        layer.codebook.copy_(torch.tensor([[0.0, 0], [0.1, 0], [0, 0.1], [900, 900]]))
        layer.sums.copy_(layer.codebook)
        for _ in range(20):
            vectors = torch.randn(64, 2)
            _, codes, _ = layer(vectors)
        assert (3 in codes) == alive
        assert (layer.codebook[3].norm() < 5) == alive
        assert layer.codebook.isfinite().all()


def test_the_codebook_is_saved_with_the_model():
    one, other = EMAQuantizer(4, 2), EMAQuantizer(4, 2)
    one(torch.randn(30, 2))
    other.load_state_dict(one.state_dict())
    vectors = torch.randn(30, 2)
    torch.testing.assert_close(one.eval()(vectors), other.eval()(vectors))


def test_a_revived_code_stands_on_a_vector_of_the_batch():
    """Whatever its count: the sum is the vector times the count, so that the code is the vector itself."""
    layer = EMAQuantizer(3, 2, decay=0.5, revive=0.5)
    layer.codebook.copy_(torch.tensor([[0.0, 0], [800, 800], [900, 900]]))
    layer.sums.copy_(layer.codebook)
    vectors = torch.randn(64, 2)
    layer(vectors)  # the counts become 32.5, 0.5 and 0.5: two are dead
    for code in layer.codebook[1:]:
        assert (vectors - code).abs().sum(dim=1).min() < 1e-5
    torch.testing.assert_close(layer.codebook * layer.counts[:, None], layer.sums)


def test_the_nearest_code_survives_cancellation():
    book = torch.tensor([[1e4, 0], [1e4, 1], [-1e4, 0], [-1e4, 0.3]])
    assert nearest(torch.tensor([[1e4, 1], [1e4, 0.4], [-1e4, 0.16], [-1e4, 0.1]]), book).tolist() == [1, 0, 3, 2]
    offset, draw = 1e4 * torch.randn(1, 8), torch.Generator().manual_seed(0)
    vectors, codebook = (offset + torch.randn(n, 8, generator=draw) for n in (200, 16))
    exact = torch.cdist(vectors.double(), codebook.double(), compute_mode="donot_use_mm_for_euclid_dist").argmin(dim=1)
    assert torch.equal(nearest(vectors, codebook), exact)
