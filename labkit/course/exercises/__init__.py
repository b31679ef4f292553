"""The exercises, a package for each lecture that has them, and in it a module for each exercise.

masks: masks for attention

training: Hour 1, training deep networks
cnn: Hour 2, convolutional networks
rnn: Hour 3, recurrent networks
transformer: Hour 7, attention and the Transformer
gpt: Hour 8, GPT, autoregressive language models
gnn: Hour 12, graph neural networks
autoencoders: Hour 14, autoencoders from PCA to VQ-VAE
gan: Hour 15, generative adversarial networks
diffusion: Hour 17, diffusion models
q_learning: Hour 18, value-based reinforcement learning
"""
