"""The exercises, a package for each lecture that has them, and in it a module for each exercise.

autoencoders: Hour 14, autoencoders from PCA to VQ-VAE
transformer: Hour 7, attention and the Transformer
"""
