# %% [markdown] badges=true
# # Hour 18. Value-based reinforcement learning
#
# After this hour you can
# - say what the value of an action is, compute it exactly in a small world, and learn it where the world is unknown;
# - tell **termination** from **truncation**, Q-learning from SARSA, and a value from a promise;
# - write the four pieces of DQN, and say what goes wrong without each of them, because you saw it go wrong;
# - train an agent that balances a pole for as long as it is let, and look at what it thinks at every step.
#
# | | part | minutes |
# |---|---|---|
# | 1 | Opening | 2 |
# | 2 | The problem | 6 |
# | 3 | The architecture | 7 |
# | 4 | Why it works | 9 |
# | 5 | Build it: four exercises | 21 |
# | 6 | Train it | 5 |
# | 7 | Look inside | 4 |
# | 8 | Strengths, weaknesses, cost | 2 |
# | 9 | In practice | 2 |
# | 10 | Responsibility | 1 |
# | 11 | Check yourself | 1 |
#
# You need expectations, and gradient descent on a small network. Hour 1 helps.
#
# **How to work.** Run the cells from top to bottom. In part 5 you write three functions and a class; each is checked
# the moment you run it. If one does not work yet, the notebook says so, uses labkit's own in its place, and goes on.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0

# %%
import copy
import time
from dataclasses import replace
from itertools import pairwise

import matplotlib.pyplot as plt
import torch
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.agent.picture import draw_cart, draw_grid
from labkit.show.plots import bars, curves
from labkit.show.style import COLOR

lesson = begin(18, profile, seed)

# %% [markdown]
# ## 2. The problem: told how it went, never what to do
#
# Until now somebody always knew the right answer, and the loss said how far off you were. Now nobody does. An **agent**
# sees a **state**, does an **action**, and gets a **reward**: one number, often long after the action that deserved
# it. It should act so that the rewards add up to as much as possible.
#
# Here is a world small enough to know everything about it (Sutton and Barto's cliff). The agent starts at S and wants
# to be at G. Each step costs 1. Whoever steps onto the cliff C pays 100 and is put back to S.

# %%
from labkit.rl.dynamic_programming import (
    expected_return,
    policy_iteration,
    value_iteration,
)
from labkit.rl.exploration import epsilon_greedy
from labkit.rl.grid_world import ACTIONS, cliff_walking, grid_world

cliff = cliff_walking()
print("\n".join(cliff.map))
print(f"{cliff.states} states, {len(ACTIONS)} actions: {', '.join(ACTIONS)}")
anything = torch.full((cliff.states, len(ACTIONS)), 1 / len(ACTIONS), dtype=torch.float64)
print(f"An agent that does anything earns {expected_return(cliff, anything, 1.0):,.0f} in an episode, exactly.")

# %% [markdown]
# That figure is no estimate. We know where every action leads, so what a policy earns from each state on, $V_\pi(s)$,
# solves as many linear equations as there are states. And if *all* is known, the best policy can be computed, too.
# Let $Q^*(s, a)$ be what action $a$ in state $s$ earns if one acts perfectly from then on. Then
#
# $$Q^*(s, a) = \mathbb{E}\left[ r + \gamma \max_{a'} Q^*(s', a') \right].$$
#
# This is the **Bellman equation**: an action is worth its reward, and the worth of the best that can be done next. The
# **discount** $\gamma$, at most 1, says how much less a reward counts that comes a step later. Start with zeros, put
# them in on the right, take what comes out on the left, and repeat until nothing changes: *value iteration*.

# %%
exact = value_iteration(cliff, discount=1.0)
best = epsilon_greedy(exact.round(decimals=8), 0.0)
figure, axes = plt.subplots(figsize=(8.6, 2.9))
picture = draw_grid(axes, cliff.map, exact.round(decimals=8))
figure.colorbar(picture, ax=axes, fraction=0.03, pad=0.02, label="value")
axes.set_title("What each cell is worth, exactly, and every action that is best there")
plt.show()
print(f"The best policy earns {expected_return(cliff, best, 1.0):.0f}: up, eleven times right, down.")

# %% [markdown]
# **Look at the arrows just above the cliff**: they run along its edge. Who never stumbles has nothing to fear.
#
# But mostly one does *not* know where actions lead. Take a cart with a pole on it (Gymnasium's CartPole). Four numbers
# are seen: position, velocity, angle, angular velocity. Two actions: push left, push right. Each step that the pole
# still stands earns 1. The episode **terminates** when the pole leans more than 12° or the cart leaves the track at
# ±2.4. After 500 steps the clock **truncates** it. How far do simpler agents come?

# %%
from labkit.rl.evaluation import play

episodes = lesson.pick(standard=100, quick=10)
units = [2.4, 2.0, 0.2, 2.0]  # the end of the track, a fast cart, 12 degrees, a fast fall


def by_chance(obs):
    """Any push, whatever is seen."""
    return torch.rand(len(obs), 2)


def against_the_lean(obs):
    """Push to where the pole leans."""
    return torch.stack([-obs[:, 2], obs[:, 2]], dim=1)


earned = {
    "by chance": play(by_chance, "CartPole-v1", episodes, seed=1000).returns.mean().item(),
    "against the lean": play(against_the_lean, "CartPole-v1", episodes, seed=1000).returns.mean().item(),
}
moment = play(against_the_lean, "CartPole-v1", 1, seed=7)
figure, axes = plt.subplots(1, 3, figsize=(8.6, 2.0), sharey=True)
for axis, step in zip(axes, (0, len(moment.obs) // 2, len(moment.obs) - 1), strict=True):
    draw_cart(axis, moment.obs[step, 0].numpy(), int(moment.action[step, 0]))
    axis.set_title(f"step {step + 1}", size=10)
figure.suptitle("Pushing to where the pole leans, until it falls", size=11, weight="bold", x=0.01, ha="left")
plt.show()
print(", ".join(f"{name}: {steps:.0f} steps" for name, steps in earned.items()))

# %% [markdown]
# The rule looks at the angle and forgets how fast the pole is moving already: its pushes come too late, and swing the
# pole up. (Somebody who knows mechanics adds half the angular velocity to the angle, and that rule balances for all
# 500 steps. Nobody will tell our agent.) It has to find out by trying, from rewards that say "still standing" and no
# more. How?

# %% [markdown]
# ## 3. The architecture: guess, look one step ahead, correct the guess
#
# Keep a table $Q(s, a)$ of guesses. After each step from $s$ to $s'$ there is one piece of truth more than before:
# the reward $r$. So the right side of the Bellman equation, at this one step, is a slightly better guess than the
# left. Move the left towards it by a **learning rate** $\alpha$:
#
# $$Q(s, a) \leftarrow Q(s, a) + \alpha \big( \underbrace{r + \gamma \max_{a'} Q(s', a')}_{\text{target}} -
# Q(s, a) \big).$$
#
# This is **Q-learning** (Watkins 1989). No model of the world appears in it: the world itself draws the $s'$. Its
# sibling **SARSA** (Rummery and Niranjan 1994) puts in the action $a'$ that it *will really take*, in place of the
# best:
#
# $$Q(s, a) \leftarrow Q(s, a) + \alpha \big( r + \gamma Q(s', a') - Q(s, a) \big).$$
#
# | | its target asks | so it learns the values of |
# |---|---|---|
# | Q-learning (*off-policy*) | what is the best I could do next? | the best policy, whatever it does meanwhile |
# | SARSA (*on-policy*) | what am I going to do next? | what it does, its own stumbling included |
#
# To learn of an action one has to try it. **Epsilon-greedy**: with probability $\epsilon$ do anything, else what looks
# best.
#
# A pole on a cart is never twice in the same state, so a table will not do. **DQN** (Mnih et al. 2015) puts a network
# in its place, that reads a state and says what *every* action is worth. A choice then takes one pass. Two things
# keep it from going wrong, and part 4 shows what happens without:
#
# - a **replay memory** of many thousand steps, from which batches are drawn at random: neighboring steps are too alike
#   to learn from in a row, and each may be used many times;
# - a **target network**, an older copy of the network that says what $s'$ is worth, so that the goal stands still
#   for a while.
#
# Two more ideas came a year later. **Double** DQN: the network chooses the next action, the older copy says what it
# is worth. **Dueling**: one stream says how good the state is, the other how much better or worse each action is than
# their mean,
#
# $$Q(s, a) = V(s) + A(s, a) - \frac{1}{|A|} \sum_{a'} A(s, a').$$

# %%
from labkit.rl.q_network import DuelingQNetwork, QNetwork, Scale, synchronize
from labkit.show.architecture import Diagram


def new_agent(kind=DuelingQNetwork):
    """Four numbers in, divided by what counts as much of each; the worth of two pushes out."""
    return nn.Sequential(Scale(units), kind(observation=4, actions=2, hidden=128))


torch.manual_seed(seed)
Diagram(new_agent(), torch.randn(64, 4), depth=3, axes={"b": 64}, title="A dueling Q-network")

# %% [markdown]
# Read it from the top. The trunk is shared: `value` and `advantage` stand in the order in which they are called, and
# both read what the trunk wrote. `value` ends in one number for each state, `advantage` in one for each action.
# Whatever the actions of a state have in common is learned once, by `value`.
#
# The whole algorithm is a loop of four lines:
#
# ```python
# for step in range(steps):
#     memory.add(collect(envs, online, epsilon))      # act in a few environments at once
#     update(online, target, memory.sample(64), ...)  # one gradient step towards r + γ max Q
#     if step % 20 == 0:
#         synchronize(target, online)                 # the older copy catches up
# ```
#
# ## 4. Why it works: four experiments
#
# ### Does Q-learning find the true values?
#
# A frozen lake, with holes, where four steps in ten slide off to one side. Here the truth is known, so the error is
# no matter of opinion. The agent does *anything* all the time ($\epsilon = 1$), and should learn of the *best* policy
# all the same. The rate falls with the visits, as $1/n^{0.75}$: then convergence is proved (Watkins and Dayan 1992).
# Twenty agents, each in a lake of its own.

# %%
from labkit.rl.tabular import QLearning, Sarsa, constant, falling

lake = grid_world(["SSSS", "SHSH", "SSSH", "HSSG"], slip=0.4, rewards={"G": 1.0}, step_reward=0.0)
truth = value_iteration(lake, discount=0.9)
learner = QLearning(lake, discount=0.9, epsilon=1.0, rate=falling(0.75), runs=20, seed=seed)
checks = [125, 250, 500, 1000, 2000, 4000, lesson.pick(standard=8000, quick=5000)]
errors = []
for before, after in pairwise([0, *checks]):
    learner.learn(after - before)
    errors.append((learner.table - truth)[:, lake.may_stand].abs().mean().item())
curves({"Q-learning": (checks, errors)}, f"Mean error of the values (which are {truth[lake.may_stand].mean():.2f} on average)",
       "steps of each agent", "mean |Q - Q*|", log=True)  # fmt: skip

# %%
claim(
    "Q-learning reaches the optimal values, although it acts at random: the error keeps falling",
    errors[-1] < 0.04 and errors[-1] < errors[0] / 5 and all(b < a for a, b in pairwise(errors)),
    {f"after {steps} steps": error for steps, error in zip(checks[::2], errors[::2], strict=True)},
    only_in="standard",
)

# %% [markdown]
# **And SARSA?** It learns the values of what it does. On the cliff that makes all the difference. **Guess before you
# run the cell**: both explore with $\epsilon = 0.1$. Which one earns more while learning?

# %%
steps = lesson.pick(standard=6000, quick=1500)
walkers = {
    kind.__name__: kind(cliff, 1.0, epsilon=0.1, rate=constant(0.5), runs=40, seed=seed) for kind in (QLearning, Sarsa)
}
late = {}
for name, walker in walkers.items():
    walker.learn(steps)
    late[name] = torch.tensor([returns[-50:] for returns in walker.returns if len(returns) >= 50]).mean().item()
daring = expected_return(cliff, epsilon_greedy(exact.round(decimals=8), 0.1), 1.0)
careful = expected_return(cliff, policy_iteration(cliff, 1.0, epsilon=0.1)[0], 1.0)
print(f"Exactly: the best path, stumbling one time in ten, earns {daring:.1f}.")
print(f"         The best that somebody who stumbles can do earns {careful:.1f}.")
figure, axes = plt.subplots(2, 1, figsize=(7.4, 4.6))
for axis, (name, walker) in zip(axes, walkers.items(), strict=True):
    share = walker.visits.double().sum(dim=(0, 2))
    picture = axis.imshow((share / share.sum()).view(cliff.shape), vmin=0, vmax=0.08)
    axis.set(title=f"{name}: where it walks (its last 50 episodes earn {late[name]:.1f} each)", xticks=[], yticks=[])
    axis.grid(visible=False)
    figure.colorbar(picture, ax=axis, fraction=0.02, label="share of steps")
plt.show()

# %%
claim(
    "Q-learning walks along the edge and pays for its stumbling; SARSA keeps away and earns more",
    abs(late["QLearning"] - daring) < 5 and late["Sarsa"] > late["QLearning"] + 10,
    {"Q-learning earns": late["QLearning"], "exact for its path": daring, "SARSA earns": late["Sarsa"]},
    only_in="standard",
)

# %% [markdown]
# Compare the bright bands: Q-learning's lies in the row beside the cliff, SARSA's farther up. Neither is wrong.
# Q-learning has found the best path for one who does not stumble, and stumbles. SARSA has found a path for itself.
#
# ### Over, or only out of sight?
#
# An endless corridor, -1 for every step, discount 0.9: worth $-1 - 0.9 - 0.81 - \dots = -10$. The clock cuts every
# episode after three steps. What does the agent learn that takes a cut for an end?

# %%
from labkit.rl.targets import bellman_target


class CutIsOver(QLearning):
    """The common mistake: `done` is done."""

    def target(self, reward, next_state, terminated, truncated):
        return bellman_target(
            reward, self.table[self.run, next_state], terminated | truncated, truncated, self.discount
        )


corridor, found = grid_world(["S"]), {}
for name, kind in {"cut and end told apart": QLearning, "a cut taken for an end": CutIsOver}.items():
    walker = kind(corridor, 0.9, epsilon=1.0, rate=constant(0.1), limit=3, seed=seed)
    walker.learn(lesson.pick(standard=3000, quick=1500))
    found[name] = walker.table[0, 0].mean().item()
costs = {name: -value for name, value in found.items()}
bars(costs, "What the corridor is thought to cost (the truth is 10)", "minus the learned value")

# %%
claim(
    "an agent that takes truncation for termination learns a wrong value, however long it learns",
    abs(found["cut and end told apart"] + 10) < 0.1 and found["a cut taken for an end"] > -6,
    found,
    only_in="standard",
)

# %% [markdown]
# With the mistake the value depends on how patient the experimenter was, and not on the world. Your first exercise
# will be to get this right.
#
# ### What is the target network for?
#
# Now networks. A target of $r + \gamma \max Q$ contains the network's own opinion. Move the opinion about $s$, and
# the opinion about the very similar $s'$ moves along: the goal runs away from whoever runs after it. The same short
# run on CartPole twice, once with an older copy as target network, once without. The reward is 1 a step and $\gamma =
# 0.99$, so no promise above $1 + 0.99 + 0.99^2 + \dots = 100$ can be kept.

# %%
from labkit.rl.dqn import collect, double_dqn_target, dqn_target, update
from labkit.rl.environments import Environments
from labkit.rl.exploration import linear_epsilon
from labkit.rl.replay import ReplayBuffer

discount, unit = 0.99, 100.0  # rewards are divided by `unit`: part 6 says why


def learn(online, aim, rounds, period=20, report=None, memory=None):
    """DQN on eight carts: one step in each and one gradient step in every round. `period` 1: no older copy.

    Calls report(step, online, envs) after each round. Returns the network and the environments.
    """
    draw = torch.Generator().manual_seed(seed)
    envs, target = Environments("CartPole-v1", 8, seed), copy.deepcopy(online)
    memory = ReplayBuffer(100_000) if memory is None else memory
    optimizer = torch.optim.Adam(online.parameters(), lr=2e-3, fused=True)
    for step in range(rounds):
        lived = collect(envs, online, linear_epsilon(step, max(1, 3 * rounds // 10), last=0.04), draw)
        memory.add(replace(lived, reward=lived.reward / unit))
        optimizer.param_groups[0]["lr"] = 2e-3 * (1 - step / rounds)
        if step >= 50:
            update(online, target, memory.sample(64, draw), optimizer, discount, aim)
            if step % period == 0:
                synchronize(target, online)
        if report is not None:
            report(step + 1, online, envs)
    return online, envs


@torch.no_grad()
def promised(online, envs):
    """What the agent expects to earn from where its carts are now, in steps."""
    return unit * online(envs.obs).max(dim=1).values.mean().item()


promises = {}
for name, period in {"target network": 20, "no target network": 1}.items():
    torch.manual_seed(seed)
    kept = promises[name] = []
    learn(new_agent(QNetwork), dqn_target, lesson.pick(standard=1000, quick=100), period,
          lambda step, online, envs, kept=kept: kept.append(promised(online, envs)) if step >= 70 and step % 10 == 0 else None)  # fmt: skip
curves({name: (range(70, 70 + 10 * len(kept), 10), kept) for name, kept in promises.items()},
       "What the agent promises (100 is the most that can be earned)", "gradient steps", "promised, in steps", log=True)  # fmt: skip

# %%
claim(
    "without a target network the promises run away; with one they stay within what can be earned",
    max(promises["target network"]) < 110 and promises["no target network"][-1] > 10_000,
    {name: kept[-1] for name, kept in promises.items()},
    only_in="standard",
)

# %% [markdown]
# Mind the scale of the axis: each mark is ten times the one before. In milder settings learning without a target
# network merely swings up and down. Here it explodes.
#
# ### Why two opinions?
#
# A world in which nothing is to be earned: 24 cells, no goal, and rewards that are pure noise with mean 0. Every
# action is worth exactly 0. But each estimate is a bit off, and the **maximum** of several estimates takes whichever
# is too high. The target then hands this error on to the states before, and so on round the world. Double DQN lets
# one network choose and the other one say what the choice is worth: an error now has to be made twice.

# %%
from labkit.rl.transitions import Transitions

noise_world = grid_world(["......", "......", "..S...", "......"], slip=0.2, step_reward=0.0)
cells = torch.eye(noise_world.states)


def overestimate(aim, steps):
    """The mean of max Q over all cells, every 25 gradient steps: the truth is 0."""
    torch.manual_seed(seed)
    draw = torch.Generator().manual_seed(seed)
    online = QNetwork(noise_world.states, 4, hidden=64)
    target, kept = copy.deepcopy(online), []
    optimizer = torch.optim.Adam(online.parameters(), lr=2e-3, fused=True)
    for step in range(steps):
        state = torch.randint(noise_world.states, (64,), generator=draw)
        action = torch.randint(4, (64,), generator=draw)
        ahead, reward, over = noise_world.step(state, action, draw)
        reward = reward.float() + torch.randn(64, generator=draw)
        lived = Transitions(cells[state], action, reward, cells[ahead], over, torch.zeros_like(over))
        update(online, target, lived, optimizer, 0.95, aim)
        if step % 25 == 0:
            synchronize(target, online)
        if step % 25 == 24:
            with torch.no_grad():
                kept.append(online(cells).max(dim=1).values.mean().item())
    return kept


few = lesson.pick(standard=1200, quick=100)
too_much = {
    "one opinion (DQN)": overestimate(dqn_target, few),
    "two opinions (double)": overestimate(double_dqn_target, few),
}
curves({name: (range(25, 25 * len(kept) + 1, 25), kept) for name, kept in too_much.items()},
       "What a world of pure noise is thought to be worth (the truth is 0)", "gradient steps", "mean of max Q")  # fmt: skip

# %%
last_third = {name: sum(kept[-len(kept) // 3 :]) / len(kept[-len(kept) // 3 :]) for name, kept in too_much.items()}
claim(
    "the maximum of noisy values overestimates; a second opinion lowers the overestimate, and does not end it",
    last_third["one opinion (DQN)"] > 0.4
    and 0 < last_third["two opinions (double)"] < 0.75 * last_third["one opinion (DQN)"],
    last_third,
    only_in="standard",
)

# %% [markdown]
# It is lower, and not gone: the older copy is a copy, so the two opinions err alike.
#
# ## 5. Build it: the pieces, smallest first
#
# Four pieces, about five minutes each. Replace `raise NotImplementedError` and run the cell: you see at once what is
# right. Stuck? `hint()` in a new cell gives one hint at a time. You may always go on: labkit's own stands in.
#
# ### Exercise 1. The Bellman target
#
# The right side of the equation, for a batch of steps. Row by row: the reward, and the discounted value of the best
# next action, unless nothing comes next. Two flags tell you about ends. Part 4 has shown which of them means it. A
# network may say infinity about a state after the end; your target must not care.


# %% name="bellman-target" exercise="q_learning.bellman_target"
@exercise("q_learning.bellman_target")
def my_target(reward, next_values, terminated, truncated, discount):
    """What the value of each action should have been.

    reward (b,), next_values (b, a), terminated and truncated boolean (b,), discount a number. Returns (b,).
    """
    ### BEGIN SOLUTION
    ahead = next_values.max(dim=1).values
    ahead = torch.where(terminated, torch.zeros_like(ahead), ahead)
    return reward + discount * ahead
    ### END SOLUTION


# %% checks="q_learning.bellman_target"
score("q_learning.bellman_target")

# %% [markdown]
# ### Exercise 2. Epsilon-greedy
#
# Not an action, but the **probability** of each: it can be tested, drawn from, and put into an exact calculation. With
# probability $\epsilon$ any action, the best included; else the best. Where several are equally good, they share. Any
# number of axes may stand in front of the actions.


# %% name="epsilon-greedy" exercise="q_learning.epsilon_greedy"
@exercise("q_learning.epsilon_greedy")
def my_policy(values, epsilon):
    """The probability of each action: values (..., a), epsilon a number in [0, 1]. Returns (..., a)."""
    ### BEGIN SOLUTION
    best = (values == values.max(dim=-1, keepdim=True).values).to(values.dtype)
    return epsilon / values.shape[-1] + (1 - epsilon) * best / best.sum(dim=-1, keepdim=True)
    ### END SOLUTION


# %% checks="q_learning.epsilon_greedy"
score("q_learning.epsilon_greedy")

# %%
for epsilon in (0.0, 0.1, 0.3):
    policy = my_policy(exact.round(decimals=8), epsilon)
    print(f"the best path, epsilon {epsilon}: {expected_return(cliff, policy, 1.0):8.1f} an episode, exactly")

# %% [markdown]
# ### Exercise 3. The replay memory
#
# A table of fixed size whose oldest rows are overwritten when it is full: a **ring**. `add` stores several rows at
# once, in their order. `sample` gets numbers in $[0, 1)$ from a die that we throw for you, and gives back one stored
# row for each: equal stretches of $[0, 1)$ belong to the rows that are there.


# %% name="replay" exercise="q_learning.replay"
@exercise("q_learning.replay")
class MyMemory:
    """The newest `capacity` rows of `width` numbers. Row number i, counted from 0 over all time, in slot i mod capacity."""

    def __init__(self, capacity, width):
        self.rows = torch.zeros(capacity, width)
        self.added = 0  # over all time

    def __len__(self):
        return min(self.added, len(self.rows))

    def __call__(self, batches, uniform):
        for rows in batches:
            self.add(rows)
        return self.sample(uniform), len(self)

    def add(self, rows):
        """Store the rows (n, width). Of more than there is room for, the last stay."""
        ### BEGIN SOLUTION
        capacity, end = len(self.rows), self.added + len(rows)
        kept = rows[-capacity:]
        slots = torch.arange(end - len(kept), end) % capacity
        self.rows[slots] = kept
        self.added = end
        ### END SOLUTION

    def sample(self, uniform):
        """One stored row for each number (m,) in [0, 1): (m, width)."""
        ### BEGIN SOLUTION
        slots = (uniform * len(self)).long().clamp(max=len(self) - 1)
        return self.rows[slots]
        ### END SOLUTION


# %% checks="q_learning.replay"
score("q_learning.replay")

# %% [markdown]
# ### Exercise 4. The double target
#
# As in exercise 1, with two networks' values of the next state. The **online** network chooses the action; the
# **target** network says what that action is worth.


# %% name="double-target" exercise="q_learning.double_target"
@exercise("q_learning.double_target")
def my_double_target(reward, next_online, next_target, terminated, truncated, discount):
    """What each value should have been: next_online and next_target (b, a), all else as before. Returns (b,)."""
    ### BEGIN SOLUTION
    chosen = next_online.argmax(dim=1, keepdim=True)  # b 1
    ahead = next_target.gather(1, chosen)[:, 0]
    return reward + discount * torch.where(terminated, torch.zeros_like(ahead), ahead)
    ### END SOLUTION


# %% checks="q_learning.double_target"
score("q_learning.double_target")

# %% [markdown]
# ### From the pieces to the agent
#
# `update` takes any target, and `ReplayBuffer` any memory: so the agent of part 6 learns with yours. This is all that
# is around them.

# %%
import inspect

from labkit.rl.dqn import dqn_loss


def my_aim(online, target, batch, discount):
    """Double DQN, with your target."""
    ahead = online(batch.next_obs), target(batch.next_obs)
    return my_double_target(batch.reward, *ahead, batch.terminated, batch.truncated, discount)


for piece in (dqn_loss, collect):
    print(inspect.getsource(piece))

# %% [markdown]
# Line by line, where it matters:
# - `torch.no_grad()`: the target is a number to learn, not a path for gradients. With gradients through both sides the
#   network would also bend the future to fit its guesses.
# - `gather`: only the action that was taken learns. Of the other one nothing is known.
# - `smooth_l1_loss` (Huber): a square for errors below 1, a straight line above. No single surprise moves the weights
#   far.
# - `collect`: eight carts take a step together, so the network runs once for all of them.
#
# ## 6. Train it
#
# | choice | value | why |
# |---|---|---|
# | preprocessing | each number divided by what counts as much of it | so that an angle of 0.2 and a position of 2.4 speak equally loudly |
# | rewards | divided by 100 | values then lie between 0 and 1, in the square part of the loss. With rewards of 1 a fall is an error of up to 100 and pulls no harder than an error of 1: in trials those agents fell back to 105 to 150 steps |
# | discount | 0.99 | looks about 100 steps ahead |
# | memory, batch | 100,000 and 64 | nothing is forgotten in this run |
# | learning rate | 2e-3, falling to 0 | of 1e-3 and 2e-3 the better one in trials with five seeds |
# | target network | a copy every 20 steps | values spread back by one step with each copy: too rarely is too slow (with every 100, promises had reached only 34 at the end of a trial) |
# | exploration | epsilon from 1 to 0.04 over the first 30 % | first see the world, then look closer at what good play meets |
# | eight carts at once | one gradient step for every eight steps lived | the environment costs less than the network |
#
# A network this small is faster on the CPU than on any accelerator, so this hour stays there. Ten times on the way
# the agent plays sixteen episodes without exploring; the best of these networks is kept. You will see why.

# %%
from labkit.show.live.explorer import LiveCurves

rounds = lesson.pick(standard=4000, quick=150)
live = LiveCurves(rounds, "Dueling double DQN on CartPole")
history, snapshots = [], {}


def follow(step, online, envs):
    """Ten times: greedy episodes, and what was promised at their start; keep every network."""
    if step % (rounds // 10) == 0:
        tried = play(online, "CartPole-v1", 16, seed=1000)
        promise = unit * tried.values[0].max(dim=1).values.mean().item()
        history.append((step, tried.returns.mean().item(), promise))
        snapshots[step] = copy.deepcopy(online)
        live(step, steps_earned=history[-1][1], promised=promise)


torch.manual_seed(seed)
started = time.perf_counter()
agent, envs = learn(new_agent(), my_aim, rounds, report=follow, memory=ReplayBuffer(100_000, memory=MyMemory))
live.close()
best_step = max(history, key=lambda row: (row[1], row[0]))[0]  # of equals the last
trained = snapshots[best_step]
print(
    f"{envs.steps:,} steps lived in {time.perf_counter() - started:.0f} s; the best of ten was kept, from step {best_step}"
)

# %%
tested = play(trained, "CartPole-v1", episodes, seed=5000)
earned["dueling double DQN"] = tested.returns.mean().item()
bars(earned, f"Steps that the pole stands, on {episodes} fresh episodes (500 is the most)", "mean return")

# %%
claim(
    "DQN balances the pole: over 195 steps on average, on episodes that it was not chosen by",
    earned["dueling double DQN"] > 195,
    earned,
    only_in="standard",
)

# %% [markdown]
# 195 is the mark at which the first version of this task counted as solved. The agent was told nothing of angles or
# gravity.
#
# ## 7. Look inside
#
# Two films of the cliff, one path of each agent for every moment of its learning; and two episodes of the cart,
# one early in training, one by the agent that you kept. Click a cell, or move with the arrow keys, to see its four
# values beside the exact ones. (SARSA learns at a smaller rate: its own dice are in its targets.)

# %%
from labkit.rl.recording import greedy_path, record_episode, record_learning
from labkit.show.agent.data import CartEpisode, GridFilm
from labkit.show.agent.explorer import AgentExplorer


def film_of(kind, truth, rate):
    """The table of one agent while it learns, and where it would go from the start at each moment."""
    walker = kind(cliff, 1.0, epsilon=0.1, rate=constant(rate), seed=seed)
    seen = record_learning(walker, lesson.pick(standard=12_000, quick=300), frames=lesson.pick(standard=48, quick=8))
    paths = [greedy_path(cliff, table, limit=60) for table in seen.table]
    return GridFilm(cliff.map, seen.table, seen.episodes, truth, paths)


def episode_of(network):
    """One greedy episode, with its values in steps."""
    seen = record_episode(network, seed=3)
    return CartEpisode(seen.obs, unit * seen.values, seen.action, seen.truncated)


views = {
    "Q-learning": film_of(QLearning, exact, rate=0.5),
    "SARSA": film_of(Sarsa, policy_iteration(cliff, 1.0, epsilon=0.1)[1], rate=0.2),
    "cart, early": episode_of(snapshots[min(snapshots)]),
    "cart, trained": episode_of(trained),
}
explorer = AgentExplorer(views)
explorer.film_frame = views["Q-learning"].frames - 1
explorer

# %% [markdown]
# **Find by hand:**
# 1. *Q-learning.* Play the film. From where does knowledge spread: from the start, or from the goal? Why?
# 2. *SARSA.* Go to the last moment and compare the row beside the cliff with Q-learning's. What is "down" worth there,
#    and what is "right"?
# 3. *The cart, trained.* Step to a moment where the two lines cross. How does the pole lean just then? And how far
#    apart are the two pushes compared with how high both are?

# %%
explorer.view = "cart, trained"
explorer.step = min(20, views["cart, trained"].steps - 1)
explorer

# %% [markdown]
# The two pushes differ by little, as a single push can be made good by the next. What the agent needs is that small
# difference, and nearly all that it learns is what both have in common. That is what the dueling network is made for.
#
# ## 8. Strengths, weaknesses, cost
#
# **Strength: it learns from anything that was ever lived**, by whomever: the target does not ask who acted. So it
# needs no model of the world, and every step is used many times.
#
# **Weakness: it forgets, and its promises are not to be trusted.** Here is the run of part 6 again.

# %%
marks = [step for step, _, _ in history]
curves({"earned": (marks, [returns for _, returns, _ in history]), "promised": (marks, [promise for *_, promise in history])},
       "Earned without exploring, and promised at the start (discounted)", "gradient steps", "steps")  # fmt: skip

# %%
from labkit.rl.evaluation import promised_and_earned

longer = play(
    trained,
    "CartPole-v1",
    lesson.pick(standard=16, quick=4),
    seed=9000,
    max_episode_steps=lesson.pick(standard=1500, quick=600),
)
ahead, after = promised_and_earned(longer, discount)
used = rounds * 64 / envs.steps
print(f"promised {unit * ahead.mean():.1f}, earned {after.mean():.1f} (both discounted, over the same moments)")
print(
    f"{envs.steps:,} steps lived, {envs.steps / 50 / 60:.0f} minutes of a real cart at 50 pushes a second; each used {used:.0f} times"
)

# %% [markdown]
# The blue curve rises and falls: a network that balances may be followed by one that does not, as all states share
# their weights. Whoever keeps only the last one leaves it to chance. Where the orange curve stands above 100 it
# promises what nobody can earn. And the promise is a number that the agent made up about itself: compare it with what
# it earned before you believe it.
#
# **Cost**: the agent has to live through all this. Several carts at once help, up to a point: one pass of the network
# and one call of the environment then serve all of them.

# %%
lived_per_second = {}
for count in (1, 8, 64):
    carts = Environments("CartPole-v1", count, seed)
    collect(carts, trained, epsilon=0.1)
    before, started = carts.steps, time.perf_counter()
    for _ in range(lesson.pick(standard=200, quick=20)):
        collect(carts, trained, epsilon=0.1)
    name = f"{count} cart" + "s" * (count > 1)
    lived_per_second[name] = (carts.steps - before) / (time.perf_counter() - started)
bars(lived_per_second, "Steps lived in a second, by how many carts are played at once", "steps per second")

# %%
claim(
    "eight carts at once live through more than twice as many steps a second as one",
    lived_per_second["8 carts"] > 2 * lived_per_second["1 cart"],
    {name: round(found) for name, found in lived_per_second.items()},
    only_in="standard",
)

# %% [markdown]
# Why not 64, then? With one gradient step a round there would be eight times fewer gradient steps for the same number
# of lived steps. And in the real world there is one cart, and its time is its own: minutes of lived experience for a
# task that a person with a broomstick learns in seconds.
#
# **Few actions.** The maximum looks at every one of them. A steering wheel has infinitely many: Hour 20 does without.
#
# ## 9. In practice
#
# Professionals call Stable-Baselines3, CleanRL or RLlib. Where Stable-Baselines3 is installed, we give its DQN our
# weights and one batch of our memory, and both take a gradient step.

# %%
from importlib.util import find_spec

if find_spec("stable_baselines3") is None:
    print("Stable-Baselines3 is not installed here: pip install stable-baselines3, then run this cell again.")
else:
    import gymnasium
    from stable_baselines3 import DQN
    from stable_baselines3.common.logger import configure
    from stable_baselines3.common.type_aliases import ReplayBufferSamples

    torch.manual_seed(seed)
    ours = QNetwork(4, 2, hidden=128)
    theirs = DQN("MlpPolicy", gymnasium.make("CartPole-v1"), 1e-3, policy_kwargs={"net_arch": [128, 128]}, device="cpu")
    theirs.set_logger(configure(None, []))
    for network in (theirs.q_net, theirs.q_net_target):
        network.q_net.load_state_dict(ours.layers.state_dict())
    memory, carts = ReplayBuffer(10_000), Environments("CartPole-v1", 8, seed)
    for _ in range(100):
        memory.add(collect(carts, ours, epsilon=1.0))
    batch = memory.sample(64)
    column = [batch.terminated.float(), batch.reward]
    samples = ReplayBufferSamples(batch.obs, batch.action[:, None], batch.next_obs, *(c[:, None] for c in column))
    theirs.replay_buffer.sample = lambda *_, **__: samples
    update(ours, copy.deepcopy(ours), batch, torch.optim.Adam(ours.parameters(), 1e-3))
    theirs.train(gradient_steps=1, batch_size=64)
    pairs = zip(ours.parameters(), theirs.q_net.parameters(), strict=True)
    apart = max((a - b).abs().max().item() for a, b in pairs)
    claim("Stable-Baselines3 takes the same gradient step", apart < 1e-6, {"largest difference of a weight": apart})

# %% [markdown]
# labkit's tests do so for several steps with clipping and soft updates, and its benchmarks compare the speed of both.
#
# | variant | what it changed | reference |
# |---|---|---|
# | prioritized replay | draw surprising steps more often | Schaul et al. 2016 |
# | n-step targets | look several steps ahead before guessing | Sutton 1988; Rainbow |
# | distributional (C51, QR-DQN) | learn how returns are spread, not only their mean | Bellemare et al. 2017 |
# | noisy networks | explore by noise in the weights, which is learned | Fortunato et al. 2018 |
# | Rainbow | six of these together | Hessel et al. 2018 |
# | soft updates | the target follows a little at each step | Lillicrap et al. 2016 |
#
# Used for: Atari games from pixels, cooling of data centers, recommendation, traffic lights, inventory. Wherever there
# are few actions and a simulator or a large log.
#
# ## 10. Responsibility
#
# - **It does what is rewarded, not what is meant.** A boat in a racing game learned to circle and collect bonus targets
#   for ever, and never finished (Clark and Amodei 2016). Ask of each reward: what else would earn it?
# - **Exploring is not free.** Our agent let the pole fall many hundred times. With patients, customers or cars, epsilon
#   is an experiment on people: it needs consent, limits, and somebody who can stop it. SARSA on the cliff shows that
#   *how* one learns decides how often one falls.
# - **The clock is a choice.** Cut episodes at 500 steps and nothing later counts. A system that maximizes clicks within
#   a session does not see what happens to its user next year.
# - **Promises.** A value is an agent's opinion about itself, and the maximum makes it a flattering one. Do not report
#   it as a result.
#
# ## 11. Check yourself
#
# <details><summary>1. The pole falls at the very step at which the clock stops. Terminated, truncated, or both? What is the
# target?</summary>
#
# Both may be set, and the world wins: the target is the reward alone.
# </details>
#
# <details><summary>2. Q-learning on the cliff knows the best path and earns less than SARSA. Why?</summary>
#
# It goes on exploring, and its target assumes that it will not. With epsilon 0 it would earn more.
# </details>
#
# <details><summary>3. You have a log of what other people did. Which of the two methods can learn from it?</summary>
#
# Q-learning: its target does not ask who acted. SARSA would learn the values of those people. (Hour 21 shows what
# goes wrong all the same.)
# </details>
#
# <details><summary>4. All four estimates of a state are unbiased. Is their maximum?</summary>
#
# No: it is too large on average, unless they are free of error.
# </details>
#
# <details><summary>5. What would the dueling network lose if the mean were not taken away?</summary>
#
# A constant could move between V and A unnoticed; neither would mean anything by itself.
# </details>
#
# <details><summary>6. Your agent promises 130, gamma is 0.99 and each step pays 1. What do you know?</summary>
#
# That it is wrong: nobody can earn more than 100.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Sutton and Barto 2018, *Reinforcement learning*, chapters 4 and 6,
# http://incompleteideas.net/book/the-book-2nd.html. Watkins and Dayan 1992, *Q-learning*,
# https://doi.org/10.1007/BF00992698. Mnih et al. 2015, *Human-level control through deep reinforcement learning*,
# https://doi.org/10.1038/nature14236. Van Hasselt et al. 2016, double DQN, https://arxiv.org/abs/1509.06461. Wang et
# al. 2016, dueling networks, https://arxiv.org/abs/1511.06581. Pardo et al. 2018, *Time limits in reinforcement
# learning*, https://arxiv.org/abs/1712.00378. Hessel et al. 2018, Rainbow, https://arxiv.org/abs/1710.02298.
#
# **Next**: Hour 19 does without values of actions, and improves the policy itself.
