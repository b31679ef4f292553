"""What explorers share.

traits: declared traits
"""
