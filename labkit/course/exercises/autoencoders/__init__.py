"""Hour 14: autoencoders, from PCA to VQ-VAE.

reparameterize: a draw that gradients flow through
gaussian_kl: the KL divergence of a diagonal Gaussian from the standard normal
mmd: maximum mean discrepancy, unbiased, with the inverse multiquadratic kernel
quantize: the nearest code, straight through
reparameterize_slips: what goes wrong there
gaussian_kl_slips: what goes wrong there
mmd_slips: what goes wrong there
quantize_slips: what goes wrong there
"""
