"""The message explorer: messages on a graph round by round.

data: Rounds and Smoothing: what it shows
explorer: MessageExplorer
picture: the same as a still picture
"""
