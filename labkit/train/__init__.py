"""How models are trained.

device: the processor to use
fit: the training loop for one loss and one optimizer
profile: standard or quick
schedules: learning rates over time
seeds: the same numbers again
"""
