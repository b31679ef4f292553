"""Does each latent dimension stand for one factor? Two scores, for data whose factors are known.

Axes: n examples, z latent, f factors.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int


def classifier_score(
    encode: Callable[[np.ndarray], np.ndarray],
    sizes: Sequence[int],
    seed: int = 0,
    votes: int = 600,
    pairs: int = 32,
) -> float:
    r"""How often a linear classifier names the factor that pairs of examples share, from their codes: chance to 1.

    For each vote a factor $y$ is drawn, then `pairs` pairs that agree in $y$ and are otherwise random; the classifier
    sees the mean of $|z - z'|$ over them. Half of the votes teach it, half are the test. `encode` takes factors
    (n, f), whole numbers below `sizes`, and gives codes (n, z). Codes are scaled to unit deviation first, as a
    dimension that nothing moves must not weigh.
    Higgins et al. 2017, section 3, https://openreview.net/forum?id=Sy2fzU9gl
    """
    from sklearn.linear_model import LogisticRegression

    draw = np.random.default_rng(seed)
    shared = draw.integers(len(sizes), size=votes)
    one, other = (draw.integers(sizes, size=(votes, pairs, len(sizes))) for _ in range(2))
    for vote, factor in enumerate(shared):
        other[vote, :, factor] = one[vote, :, factor]
    codes = [np.asarray(encode(factors.reshape(-1, len(sizes)))) for factors in (one, other)]
    deviation = np.maximum(codes[0].std(axis=0), 1e-8)
    differences = (np.abs(codes[0] - codes[1]) / deviation).reshape(votes, pairs, -1).mean(axis=1)
    half = votes // 2
    classifier = LogisticRegression(max_iter=1000).fit(differences[:half], shared[:half])
    return float(classifier.score(differences[half:], shared[half:]))


def mutual_information(
    codes: Float[np.ndarray, "n z"], factors: Int[np.ndarray, "m f"], bins: int = 20
) -> Float[np.ndarray, "z f"]:
    """What each latent dimension, cut into `bins` equal intervals, tells of each factor, in nats."""
    from sklearn.metrics import mutual_info_score

    if len(codes) != len(factors):
        raise ValueError(f"{len(codes)} codes for {len(factors)} rows of factors: pass both for the same examples")
    cut = [np.digitize(column, np.histogram_bin_edges(column, bins)[1:-1]) for column in codes.T]
    return np.array([[mutual_info_score(factor, column) for factor in factors.T] for column in cut])


def mutual_information_gap(
    codes: Float[np.ndarray, "n z"], factors: Int[np.ndarray, "n f"], bins: int = 20
) -> Float[np.ndarray, " f"]:
    r"""For each factor: how much more the best dimension tells of it than the second best, as a share of its entropy.

    $$\mathrm{MIG}_k = \frac{1}{H(v_k)} \left( I(z_{j^*}; v_k) - \max_{j \ne j^*} I(z_j; v_k) \right)$$

    1 if one dimension tells all and no other anything; the score of the literature is the mean over factors.
    Chen et al. 2018, https://arxiv.org/abs/1802.04942. Raises ValueError for fewer than two latent dimensions, and for
    a factor that is the same for all examples: there is nothing to tell of it.
    """
    if codes.shape[1] < 2:
        raise ValueError("a gap is between two dimensions, and the codes have one")
    from sklearn.metrics import mutual_info_score

    best = np.sort(mutual_information(codes, factors, bins), axis=0)
    entropy = np.array([mutual_info_score(factor, factor) for factor in factors.T])
    still = np.flatnonzero([len(np.unique(factor)) < 2 for factor in factors.T])
    if len(still):
        raise ValueError(f"factors {still.tolist()} (columns, from 0) have one value throughout: leave them out")
    return (best[-1] - best[-2]) / entropy
