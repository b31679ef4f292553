"""The latent explorer: walk through a latent space and see it decoded.

data: LatentSpace, a model as the latent explorer sees it
explorer: LatentExplorer
picture: the same as a still picture
"""
