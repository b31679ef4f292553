"""What a lecture loads: generated from a seed, offline.

download: files that the field publishes, fetched once and checked
images: digits at 28 x 28, MNIST, CIFAR-10
pydoc_text: the documentation inside Python, tiny Shakespeare
translation: pairs of sequences: dates to ISO, reversal, sorting
vocabulary: tokens and their numbers
windows: stretches of a long row of tokens, to train on and to score
"""
