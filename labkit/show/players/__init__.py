"""The player explorer: a generator and a discriminator on the plane, moment by moment.

data: Game, what it shows
explorer: PlayerExplorer
picture: the same as a still picture
"""
