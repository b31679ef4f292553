"""What a lecture loads: generated from a seed, offline.

sequences: what memories are tried on: adding, copying, echoes, mixtures of sines
translation: pairs of sequences: dates to ISO, reversal, sorting
vocabulary: tokens and their numbers
"""
