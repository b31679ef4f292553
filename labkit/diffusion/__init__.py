"""Diffusion models (Hour 17): add noise to a sample, and learn to remove it.

ddim: the large reverse step, without fresh noise or with some
ddpm: the jump to a step, the reverse step, and the loss
gaussian_mixture: a density whose score is known exactly, at every level of noise
guidance: classifier-free guidance by the class
langevin: a walk along a score, at one level of noise and down through many
latent_denoiser: a small residual network that predicts the noise in a vector
latent_diffusion: diffusion between an encoder and a decoder
noise_level: levels of noise, one number for all samples or one for each
probability_flow: the same densities without noise, and the likelihood
reverse_sde: the way back as a stochastic differential equation
sampling: from noise to samples, with any kind of step
schedules: how much signal is left at each step, and which steps to visit
score_matching: losses that teach a network the score
score_network: a network on the plane that knows the level of noise
sde: the variance exploding and the variance preserving equation
time_embedding: the step as a vector
unet: the U-Net that predicts the noise in an image
unet_blocks: what it is made of
velocity: a network that predicts a mixture of noise and signal, from which the noise follows
"""
