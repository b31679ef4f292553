"""What explorers share.

life: one view, one explorer; explorers that are displayed again
traits: declared traits
"""
