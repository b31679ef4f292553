import math

import numpy as np
import pytest
import torch
from sklearn import decomposition

from labkit.autoencoders.pca import fit_pca, principal_angles
from labkit.autoencoders.reconstruction import squared_error


def spread(n=60, p=6):
    """Points that vary differently in each direction, around a center that is not 0."""
    return torch.randn(n, p).double() @ torch.randn(p, p).double() + 3


def test_matches_sklearn():
    x, new = spread(), spread(n=9)
    ours, peer = fit_pca(x, 3), decomposition.PCA(3, svd_solver="full").fit(x.numpy())
    np.testing.assert_allclose(ours.mean, peer.mean_)
    signs = torch.sign((ours.components * torch.tensor(peer.components_)).sum(1))
    np.testing.assert_allclose(ours.components * signs[:, None], peer.components_, atol=1e-10)
    np.testing.assert_allclose(ours.encode(new) * signs, peer.transform(new.numpy()), atol=1e-10)
    np.testing.assert_allclose(
        ours.decode(ours.encode(new)), peer.inverse_transform(peer.transform(new.numpy())), atol=1e-10
    )


def test_no_random_subspace_is_better():
    x = spread()
    pca = fit_pca(x, 2)
    best = squared_error(pca.decode(pca.encode(x)), x).mean()
    for _ in range(20):
        basis = torch.linalg.qr(torch.randn(6, 2).double()).Q
        assert squared_error(pca.mean + (x - pca.mean) @ basis @ basis.T, x).mean() > best


def test_the_error_is_the_variance_that_is_left_out():
    x = spread()
    pca = fit_pca(x, 4)
    values = torch.linalg.svdvals(x - x.mean(0))
    torch.testing.assert_close(squared_error(pca.decode(pca.encode(x)), x).mean(), values[4:].square().sum() / len(x))


def test_all_components_give_the_data_back():
    x = spread()
    pca = fit_pca(x, 6)
    torch.testing.assert_close(pca.decode(pca.encode(x)), x)


@pytest.mark.parametrize("latent", [0, 7])
def test_a_latent_that_cannot_be_is_refused(latent):
    with pytest.raises(ValueError, match=f"1 to 6 components, not {latent}"):
        fit_pca(spread(), latent)


def test_the_angle_between_two_lines():
    for angle in (1e-6, 0.3, 1.2, math.pi / 2):
        line = torch.tensor([[math.cos(angle), math.sin(angle), 0.0]], dtype=torch.float64)
        found = principal_angles(torch.tensor([[2.0, 0.0, 0.0]]).double(), line)
        torch.testing.assert_close(
            found, torch.tensor([math.degrees(angle)], dtype=torch.float64), atol=1e-9, rtol=1e-9
        )


def test_two_planes_that_share_a_line():
    a = torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])
    b = torch.tensor([[1.0, 1.0, 0, 0], [0, 0, 1.0, 1.0]])
    torch.testing.assert_close(principal_angles(a, b), torch.tensor([0.0, 90.0]).double(), atol=1e-5, rtol=0)


def test_angles_see_the_subspace_and_not_its_basis():
    a, b = torch.randn(3, 8).double(), torch.randn(3, 8).double()
    mixed = torch.randn(3, 3).double() @ a
    torch.testing.assert_close(principal_angles(mixed, b), principal_angles(a, b), atol=1e-8, rtol=0)
    assert principal_angles(mixed, a).max() < 1e-6
    assert (principal_angles(a, b).diff() >= 0).all()


def test_angles_match_scipy():
    from scipy.linalg import subspace_angles

    a, b = torch.randn(3, 8).double(), torch.randn(3, 8).double()
    expected = np.rad2deg(np.sort(subspace_angles(a.T.numpy(), b.T.numpy())))
    np.testing.assert_allclose(principal_angles(a, b), expected, atol=1e-9)


def test_dependent_rows_span_no_subspace_of_that_size():
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        principal_angles(torch.ones(2, 3), torch.eye(3)[:2])
    with pytest.raises(ValueError, match="same shape"):
        principal_angles(torch.eye(3)[:1], torch.eye(3)[:2])
