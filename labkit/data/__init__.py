"""What a lecture loads: generated from a seed, offline.

citations: papers that cite each other, with words and topics
graphs: one real graph, random ones, and several as one
molecules: small molecules, and a property that their bonds decide
translation: pairs of sequences: dates to ISO, reversal, sorting
vocabulary: tokens and their numbers
"""
