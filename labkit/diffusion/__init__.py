"""Diffusion models (Hour 17): spoil a sample with noise, and learn the way back.

ddim: the step of the short way back, without fresh noise
ddpm: the jump to a step, the step back, and the loss
gaussian_mixture: a density whose score is known exactly, at every level of noise
guidance: classifier-free guidance, the dial for the class
langevin: a walk along a score, at one level of noise and down through many
latent_denoiser: a small residual network that tells the noise in a vector
latent_diffusion: diffusion between an encoder and a decoder
noise_level: levels of noise, one number for all samples or one for each
probability_flow: the same densities without noise, and the likelihood
reverse_sde: the way back as a stochastic differential equation
sampling: the walk from noise to samples, by any step
schedules: how much is left at each step, and where a short walk stops
score_matching: losses that teach a network the score
score_network: a network on the plane that knows the level of noise
sde: the variance exploding and the variance preserving equation
time_embedding: how a network is told the step
unet: the U-Net that tells the noise in an image
unet_blocks: what it is made of
velocity: a network that tells a mixture of noise and signal, from which the noise follows
"""
