"""The gate explorer: gates and states of recurrent networks over time, gradients against distance.

data: GateTrace and GradientDial: what it shows
explorer: GateExplorer
picture: the same as a still picture
"""
