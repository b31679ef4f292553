"""Hour 18: value-based reinforcement learning.

bellman_slips: what goes wrong in a Bellman target
bellman_target: what a value should have been, where episodes terminate and where they are cut
double_slips: what goes wrong in a double target
double_target: one network chooses, the other values
epsilon_greedy: most often the best, sometimes any
replay: a ring of fixed size that is drawn from at random
replay_slips: what goes wrong in a replay memory
"""
