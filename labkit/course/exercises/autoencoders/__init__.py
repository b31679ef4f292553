"""Hour 14: autoencoders, from PCA to VQ-VAE.

gaussian_kl: the KL divergence of a diagonal Gaussian from the standard normal
mmd: maximum mean discrepancy, unbiased, with the inverse multiquadratic kernel
quantize: the nearest code, straight through
reparameterize: a draw that gradients flow through
"""
