"""labkit: advanced machine learning architectures, each written once and proved against the library the field trusts.

nn: parts that several families share
data: what a lecture loads
train: fit, seeds, device, profile, schedules, progress
show: plots and explorers
foundations: Hour 1, training deep networks
cnn: Hour 2, convolutional networks
rnn: Hour 3, recurrent networks
transformers: Hours 7 and 8, attention and the Transformer, GPT
graphs: Hours 12 and 13, networks on graphs
autoencoders: Hour 14, autoencoders from PCA to VQ-VAE
gan: Hours 15 and 16, generative adversarial networks
diffusion: Hour 17, diffusion models
rl: Hours 18 to 21, reinforcement learning
course: the classroom
"""
