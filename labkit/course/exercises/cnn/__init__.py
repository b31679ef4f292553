"""Hour 2: convolutional networks.

conv2d: convolution with stride and padding
max_pool: max pooling
arithmetic: output size, receptive field and jump
residual: the residual block, a bug hunt
conv2d_slips: what goes wrong there
max_pool_slips: what goes wrong there
arithmetic_slips: what goes wrong there
residual_slips: what goes wrong there
pictures: small pictures for cases
"""
