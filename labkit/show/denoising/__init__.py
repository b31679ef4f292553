"""The denoising explorer: from noise to image, particles in a field of scores, the guidance dial.

data: Film, Field, Guidance: what it shows
explorer: DenoisingExplorer
picture: the same as a still picture
"""
