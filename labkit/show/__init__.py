"""Pictures and explorers of arrays and models, whatever room they come from.

agent: the agent explorer, an agent that learns on a grid and episodes of a cart
architecture: Diagram, a model as boxes and arrows with tensor shapes
attention: the attention explorer: who looks at whom, head by head
denoising: the denoising explorer: from noise to image, particles in a field of scores, the guidance dial
diagram: how a model is traced, laid out and drawn
features: the feature explorer: maps and filters of a convolutional network, layer by layer
gates: the gate explorer: gates and states of recurrent networks over time, gradients against distance
kit: what explorers share
landscape: the landscape explorer: a loss surface and an optimizer's path on it
latent: the latent explorer: walk through a latent space and see it decoded
live: training curves that grow while the model learns
messages: the message explorer: messages on a graph round by round
next_token: the next-token explorer: type a text and see what a language model predicts
players: the player explorer: a generator and a discriminator on the plane, moment by moment
plots: the few plots that many lectures share
shapes: tensor shapes in words and colors
style: the course's colors and the look of its figures
tiles: rows of small pictures
"""
