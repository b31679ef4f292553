"""Autoencoders: squeeze an image through a few numbers, and ask for the image back.

Axes: b batch, p pixels, z latent.
"""

from jaxtyping import Float
from torch import Tensor, nn

from labkit.autoencoders.reconstruction import bernoulli_nll, squared_error


def two_layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """One hidden layer with ReLU: the encoders and decoders of this room."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


class LinearAutoencoder(nn.Module):
    r"""No bend anywhere: $\hat x = D(Ex + e) + d$. At its best it spans the subspace of PCA, in a basis of its own.

    Baldi and Hornik 1989, https://doi.org/10.1016/0893-6080(89)90014-2
    """

    def __init__(self, pixels: int = 784, latent: int = 10):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(pixels, latent), nn.Linear(latent, pixels)

    def encode(self, x: Float[Tensor, "b p"]) -> Float[Tensor, "b z"]:
        return self.encoder(x)

    def decode(self, z: Float[Tensor, "b z"]) -> Float[Tensor, "b p"]:
        return self.decoder(z)

    def loss(self, x: Float[Tensor, "b p"]) -> Float[Tensor, ""]:
        """Squared error per image, the mean over the batch."""
        return squared_error(self.decode(self.encode(x)), x).mean()


class Autoencoder(nn.Module):
    r"""Pixels to `hidden` to `latent` and back, 784-128-10-128-784 unless told otherwise.

    $$z = E_2 \max(0, E_1 x), \qquad \hat x = \sigma(D_2 \max(0, D_1 z))$$ (biases left out)

    The last layer gives logits; `decode` turns them into gray values between 0 and 1.
    Hinton and Salakhutdinov 2006, https://doi.org/10.1126/science.1127647
    """

    def __init__(self, pixels: int = 784, hidden: int = 128, latent: int = 10):
        super().__init__()
        self.latent = latent
        self.encoder = two_layers(pixels, hidden, latent)
        self.decoder = two_layers(latent, hidden, pixels)

    def encode(self, x: Float[Tensor, "b p"]) -> Float[Tensor, "b z"]:
        return self.encoder(x)

    def logits(self, z: Float[Tensor, "*b z"]) -> Float[Tensor, "*b p"]:
        return self.decoder(z)

    def decode(self, z: Float[Tensor, "*b z"]) -> Float[Tensor, "*b p"]:
        """Images, with pixels between 0 and 1."""
        return self.logits(z).sigmoid()

    def forward(self, x: Float[Tensor, "b p"]) -> Float[Tensor, "b p"]:
        """The reconstruction."""
        return self.decode(self.encode(x))

    def loss(self, x: Float[Tensor, "b p"]) -> Float[Tensor, ""]:
        """Nats per image under the decoder's Bernoulli, the mean over the batch."""
        return bernoulli_nll(self.logits(self.encode(x)), x).mean()
