"""Generative adversarial networks (Hours 15 and 16).

conditional_gan: both players receive the class
coverage: which modes and classes a generator covers
dcgan: generator and discriminator of convolutions, 7x7x128 to 28x28
gan: the GAN, and the loop in which its players learn
losses: what the players minimize, minimax and non-saturating
optimum: the best discriminator in closed form, and the value of the game
plane: small players for points, and snapshots of their game
transport: the exact Wasserstein-1 distance of small samples
wgan: the Wasserstein GAN with clipped weights
wgan_gp: the Wasserstein GAN with gradient penalty
"""
