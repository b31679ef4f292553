"""What a lecture loads: generated from a seed, offline.

sequences: what memories are tried on: adding, copying, echoes, mixtures of sines
download: files that the field publishes, fetched once and checked
images: digits at 28 x 28, MNIST, CIFAR-10
translation: pairs of sequences: dates to ISO, reversal, sorting
vocabulary: tokens and their numbers
"""
