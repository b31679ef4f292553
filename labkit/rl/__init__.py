"""Reinforcement learning (Hours 18 to 21).

dqn: deep Q-networks: collect and update, with a target network, double or not
dynamic_programming: exact values and policies where the world is known
double_q_learning: two tables that check on each other
environments: several copies of a Gymnasium environment, played at once
evaluation: what an agent earns, and what it thought that it would
exploration: epsilon-greedy, and how epsilon falls
grid_environment: a grid world with Gymnasium's interface
grid_world: worlds of cells, known in full: transition tensors, cliff walking, the frozen lake
q_network: networks that say what each action is worth, plain and dueling
recording: what learning looked like, as arrays: tables over time, episodes step by step
replay: experience replay in a ring of fixed size
tabular: Q-learning and SARSA in a table, many runs at once
targets: the Bellman target and the double target
transitions: what an agent lives through, one row for each step
"""
