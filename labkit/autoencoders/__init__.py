"""Autoencoders (Hour 14), from PCA to VQ-VAE.

autoencoder: the linear autoencoder and the 784-128-10-128-784 one
beta_vae: a VAE with a weight on its KL, and the warm-up of that weight
denoising: the denoising autoencoder, its two kinds of noise, and where it points
disentanglement: does each latent dimension stand for one factor: two scores
importance: the importance-weighted bound on the likelihood
mmd: the distance between two samples that kernels see
pca: principal components, and the angles between two subspaces
quantizer: the nearest code, with a gradient; codebooks learned by gradient and by moving average
reconstruction: how far an image is from its reconstruction, summed over pixels
strong_decoder: a VAE whose decoder also sees the pixels before, and so may forget its latent
vae: the variational autoencoder
vq_vae: the autoencoder whose latent is a grid of codes
wae: the Wasserstein autoencoder with MMD
"""
