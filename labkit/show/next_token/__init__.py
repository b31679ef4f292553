"""The next-token explorer: type a text and see what a language model predicts.

data: Reading: what it shows
explorer: NextTokenExplorer
picture: the same as a still picture
"""
