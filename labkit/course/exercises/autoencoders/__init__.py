"""Hour 14: autoencoders, from PCA to VQ-VAE.

reparameterize: a draw that gradients flow through
gaussian_kl: the KL divergence of a diagonal Gaussian from the standard normal
elbo: a bug hunt: the loss of a VAE, with the pixels averaged
quantize: the nearest codebook entry, straight through
mmd: maximum mean discrepancy, unbiased, with the inverse multiquadratic kernel (further)
reparameterize_slips: wrong answers there
gaussian_kl_slips: wrong answers there
elbo_slips: wrong answers there
quantize_slips: wrong answers there
mmd_slips: wrong answers there
"""
