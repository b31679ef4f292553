"""Hour 18: value-based reinforcement learning.

epsilon_greedy: most often the best, sometimes any
bellman_target: a bug hunt: what a value should have been, where episodes terminate and where they are truncated
replay: a ring of fixed size that is sampled at random
double_target: one network chooses, the other evaluates
epsilon_greedy_slips: what goes wrong there
bellman_target_slips: what goes wrong there
replay_slips: what goes wrong there
double_target_slips: what goes wrong there
"""
