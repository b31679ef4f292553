"""The landscape explorer: a loss surface and an optimizer's path on it.

data: a smooth surface through a grid, and the way down it
explorer: LandscapeExplorer
picture: the same as a still picture
"""
