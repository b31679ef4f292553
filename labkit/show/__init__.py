"""Pictures and explorers of arrays and models, whatever room they come from.

agent: the agent explorer
architecture: Diagram, a model as boxes and arrows with tensor shapes
architecture_picture: how a diagram is drawn
arrays: numpy from whatever array comes in
attention: AttentionExplorer, an interactive picture of attention
attention_picture: the same as a still picture
denoising: DenoisingExplorer, from noise to image, particles in a field of scores, the guidance dial
denoising_data: Film, Field, Guidance, what it is given
denoising_picture: the same as a still picture
entropy: how widely a distribution is spread, in bits
explorer: Explorer, what all interactive pictures share
ground: figures without a ground of their own, read on light and dark pages
kit: what explorers share
landscape: LandscapeExplorer, a loss surface and an optimizer's path on it
landscape_path: a smooth surface through a grid, and the way down it
landscape_picture: the same as a still picture
features: FeatureExplorer, maps and filters of a convolutional network, layer by layer
features_data: what it is given, checked and brought into bytes
features_picture: the same as a still picture
gates: GateExplorer, gates and states of recurrent networks over time, gradients against distance
gates_data: what the gate explorer is given
gates_picture: the same as a still picture
layout: where the nodes of a graph stand, and the graph drawn there
latent: LatentExplorer, walk through a latent space and see it decoded
latent_picture: the same as a still picture
latent_space: LatentSpace, a model as the latent explorer sees it
live: LiveCurves, training curves that grow while the model learns
messages: MessageExplorer, messages on a graph round by round
messages_data: what it shows
messages_picture: the same as a still picture
next_token: NextTokenExplorer, type a text and see what a language model says comes next
next_token_data: what it shows
next_token_picture: the same as a still picture
packing: attention weights as few bytes
page: a page without Jupyter from the same widget
picture: PNG and text beside everything that moves
players: PlayerExplorer, a game of generator and judge on the plane, moment by moment
players_data: what it is given, checked and brought into bytes
players_picture: the same as a still picture
plots: the few plots that many lectures share
shapes: tensor shapes in words and colors
smoothing: the trend of a noisy curve
style: the course's colors and the look of its figures
tiles: rows of small pictures
tracing: what a model calls when it runs once
"""
