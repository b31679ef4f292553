"""What a lecture loads: generated from a seed, offline.

signals: ten kinds of small signals, in the style of MNIST-1D
translation: pairs of sequences: dates to ISO, reversal, sorting
vocabulary: tokens and their numbers
"""
