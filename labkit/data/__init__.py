"""What a lecture loads: generated from a seed, offline.

translation: pairs of sequences: dates to ISO, reversal, sorting
vocabulary: tokens and their numbers
"""
