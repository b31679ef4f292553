"""How deep networks are trained (Hour 1).

augmentation: changes that leave the label alone, and mixup
deep: twenty layers, plain or with normalization and skips
dropout: a different thinned network at every step
early_stopping: leave while it is best
landscape: the loss around a training run, on a plane
losses: stable losses from logits
mlp: the multi-layer perceptron, and backpropagation by hand
normalization: batch and layer normalization
optimizers: SGD with momentum, Adam, AdamW
regularization: L1 and L2 penalties, soft threshold, ridge and lasso
"""
