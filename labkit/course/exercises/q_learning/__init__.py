"""Hour 18: value-based reinforcement learning.

epsilon_greedy: the probabilities of an epsilon-greedy policy
bellman_target: the Bellman target at termination and at truncation, a bug hunt
replay: a ring of fixed size that is sampled at random
double_target: the target of double DQN
epsilon_greedy_slips: what goes wrong there
bellman_target_slips: what goes wrong there
replay_slips: what goes wrong there
double_target_slips: what goes wrong there
"""
