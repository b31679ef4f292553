"""Convolutional networks (Hour 2).

cnn: the classic classifier, two convolutions and two dense layers
convolution: convolution written out, in loops to read and in one matrix product
equivariance: pictures moved, and what a layer makes of the move
features: what every layer of a model gives, and which pixels a unit really weighs
lenet: LeNet-5
pooling: maximum and mean over windows, written out
receptive_field: output sizes, receptive fields and jumps of stacked windows
resnet: residual networks, from the small ones for CIFAR-10 to ResNet-50
resnet_blocks: plain, basic and bottleneck blocks, and the shortcuts around them
resnet_weights: published ResNet weights into labkit's model
summary: shapes, parameters, multiply-adds and receptive fields of a model, layer by layer
"""
