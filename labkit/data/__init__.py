"""What a lecture loads: generated from a seed, offline.

download: files that the field publishes, fetched once and checked
images: digits at 28 x 28, MNIST, CIFAR-10
mixtures: points on the plane with known densities: ring, grid, moons
translation: pairs of sequences: dates to ISO, reversal, sorting
vocabulary: tokens and their numbers
"""
