"""Hour 14: autoencoders, from PCA to VQ-VAE.

gaussian_kl: the KL divergence of a diagonal Gaussian from the standard normal
gaussian_kl_slips: what goes wrong there
mmd: maximum mean discrepancy, unbiased, with the inverse multiquadratic kernel
mmd_slips: what goes wrong there
quantize: the nearest code, straight through
quantize_slips: what goes wrong there
reparameterize: a draw that gradients flow through
"""
