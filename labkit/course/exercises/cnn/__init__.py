"""Hour 2: convolutional networks.

arithmetic: output size, receptive field and jump of stacked windows
conv2d: convolution with stride and padding
conv2d_slips: what goes wrong there
max_pool: max-pooling
pictures: small pictures for cases
residual: the residual block
residual_slips: what goes wrong there
"""
