# %% [markdown] badges=true
# # Hour 18. Value-based reinforcement learning
#
# After this hour you can
# - define the value of an action, compute it exactly in a small known world, and learn it in an unknown one;
# - tell **termination** from **truncation**, and Q-learning from SARSA;
# - write the four pieces of DQN, and say from measurements what goes wrong without each of them;
# - train an agent that balances a pole, and compare the values it predicts with what it earns.
#
# <!-- plan -->
#
# You need expectations, and gradient descent on a small network (Hour 1).
#
# **How to work.** Run the cells from top to bottom. You write two functions and a class, and you mend a third
# function. Each is checked when you run its cell. If one does not work yet, the notebook says so and uses labkit's
# version in its place. Sections titled *Further* are extra: nothing else in this hour depends on them.

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
# ## 2. The problem: rewards instead of right answers
#
# In supervised learning every example comes with the right answer. In **reinforcement learning** it does not. An
# **agent** observes a **state** $s$, takes an **action** $a$, and gets a **reward** $r$, one number. It should act
# such that the rewards sum to as much as possible. A sequence of steps from a start to an end is an **episode**. A
# **policy** gives the probability of each action in each state.
#
# Our first world is small enough to know completely: Sutton and Barto's cliff. The agent starts at S and wants to
# reach G. Each step has a reward of −1. A step onto the cliff C has a reward of −100 and puts the agent back to S.

# %% fold="Make the cliff, and rate an agent that acts at random"
from labkit.rl.dynamic_programming import (
    expected_return,
    policy_iteration,
    value_iteration,
)
from labkit.rl.exploration import epsilon_greedy, sample
from labkit.rl.grid_world import ACTIONS, cliff_walking, grid_world

cliff = cliff_walking()
print("\n".join(cliff.map))
print(f"{cliff.states} states, {len(ACTIONS)} actions: {', '.join(ACTIONS)}")
anything = torch.full(
    (cliff.states, len(ACTIONS)), 1 / len(ACTIONS), dtype=torch.float64
)
print(
    f"An agent that acts at random earns {expected_return(cliff, anything, 1.0):,.0f} in an episode on average."
)

# %% [markdown]
# ### What could be earned at best
#
# Let $Q^*(s, a)$, the **value** of action $a$ in state $s$, be the expected sum of rewards if the agent takes $a$ now
# and acts optimally from the next state $s'$ on. It obeys the **Bellman equation**
#
# $$Q^*(s, a) = \mathbb{E}\left[ r + \gamma \max_{a'} Q^*(s', a') \right].$$
#
# The **discount** $\gamma$, between 0 and 1, multiplies each reward once for every step that it comes later. If the
# world is known, we can solve the equation: start with zeros for all $Q^*$, compute the right side, put it in for the
# left side, and repeat until nothing changes. This is **value iteration**.

# %% fold="Solve the cliff by value iteration"
exact = value_iteration(cliff, discount=1.0)
best = epsilon_greedy(exact.round(decimals=8), 0.0)
figure, axes = plt.subplots(figsize=(8.6, 2.9))
picture = draw_grid(axes, cliff.map, exact.round(decimals=8))
figure.colorbar(picture, ax=axes, fraction=0.03, pad=0.02, label="value")
axes.set_title("Exact value of each cell; arrows: every optimal action")
plt.show()
print(
    f"The optimal policy earns {expected_return(cliff, best, 1.0):.0f}: up, eleven times right, down."
)

# %% [markdown]
# The optimal path runs along the edge of the cliff: an agent that never takes a wrong step can do so safely.
#
# ### A world that is not known
#
# Usually nobody knows where actions lead. Our second task is a cart with a pole on it (Gymnasium's CartPole). The
# state has four numbers: position, velocity, angle and angular velocity. There are two actions: push left and push
# right. Each step has a reward of 1. The episode **terminates** when the pole leans more than 12° or the cart leaves
# the track. After 500 steps a time limit **truncates** it. Here are two baselines without learning:

# %% fold="Play CartPole with two simple policies" result=true
from labkit.rl.evaluation import play

episodes = lesson.pick(standard=100, quick=10)
units = [
    2.4,
    2.0,
    0.2,
    2.0,
]  # the end of the track, a fast cart, 12 degrees, a fast fall


def at_random(obs):
    """Any push, whatever is observed."""
    return torch.rand(len(obs), 2)


def towards_the_lean(obs):
    """Push to the side to which the pole leans."""
    return torch.stack([-obs[:, 2], obs[:, 2]], dim=1)


earned = {
    "at random": play(at_random, "CartPole-v1", episodes, seed=1000)
    .returns.mean()
    .item(),
    "towards the lean": play(towards_the_lean, "CartPole-v1", episodes, seed=1000)
    .returns.mean()
    .item(),
}
moment = play(towards_the_lean, "CartPole-v1", 1, seed=7)
figure, axes = plt.subplots(1, 3, figsize=(8.6, 2.0), sharey=True)
for axis, step in zip(
    axes, (0, len(moment.obs) // 2, len(moment.obs) - 1), strict=True
):
    draw_cart(axis, moment.obs[step, 0].numpy(), int(moment.action[step, 0]))
    axis.set_title(f"step {step + 1}", size=10)
figure.suptitle(
    "Pushing towards the lean, until the pole falls",
    size=11,
    weight="bold",
    x=0.01,
    ha="left",
)
plt.show()
print(", ".join(f"{name}: {steps:.0f} steps" for name, steps in earned.items()))

# %% [markdown]
# The second policy sees the angle and ignores how fast it changes, so its pushes come too late. (A policy that adds
# half the angular velocity to the angle balances for all 500 steps. Our agent is not told so.) It must learn from
# rewards alone.

# %% [markdown]
# ## 3. The architecture: from a table of values to a network
#
# ### Q-learning
#
# Keep a table $Q(s, a)$ of estimates. After a step from $s$ to $s'$ with reward $r$, the right side of the Bellman
# equation at this step, $r + \gamma \max_{a'} Q(s', a')$, is the **target**. Move the estimate towards it by a
# **learning rate** $\alpha$:
#
# $$Q(s, a) \leftarrow Q(s, a) + \alpha \big( \underbrace{r + \gamma \max_{a'} Q(s', a')}_{\text{target}} -
# Q(s, a) \big).$$
#
# This is **Q-learning** (Watkins 1989). It needs no model of the world, since the world itself provides $r$ and $s'$.
#
# **In numbers.** Let $\alpha = 0.5$, $\gamma = 1$ and $Q(s, \text{right}) = -4$. The agent moves right, gets $r =
# -1$, and the estimates in $s'$ are −2, −3, −9 and −100. The target is $-1 + \max(-2, -3, -9, -100) = -3$. So $Q(s,
# \text{right})$ becomes $-4 + 0.5 \cdot (-3 - (-4)) = -3.5$.
#
# ### Exercise 1. Epsilon-greedy
#
# To learn about an action, the agent must try it. An **epsilon-greedy** policy takes a random action with probability
# $\epsilon$, the best one included, and the action with the largest value otherwise. Actions that are equally good
# share. Return the probability of each action, not an action. Any number of axes may stand before the actions.


# %% name="epsilon-greedy" exercise="q_learning.epsilon_greedy"
@exercise("q_learning.epsilon_greedy")
def my_policy(values, epsilon):
    """Return the probability of each action, (..., a).

    values (..., a), epsilon a number between 0 and 1.

    Examples with four actions and epsilon = 0.2: values [1, 5, 2, 0] give
    [0.05, 0.85, 0.05, 0.05], and values [5, 5, 2, 0] give [0.45, 0.45, 0.05, 0.05].
    """
    ### BEGIN SOLUTION
    best = (values == values.max(dim=-1, keepdim=True).values).to(values.dtype)
    greedy = best / best.sum(dim=-1, keepdim=True)
    return epsilon / values.shape[-1] + (1 - epsilon) * greedy
    ### END SOLUTION


# %% checks="q_learning.epsilon_greedy"
score("q_learning.epsilon_greedy")

# %% [markdown]
# ### Exercise 2. Bug hunt: the target where episodes end
#
# For many years the standard interface reported one flag, `done`, for both kinds of end. So many published agents
# compute their targets like this:
#
# ```python
# done = terminated | truncated
# target = reward + discount * (1 - done) * next_values.max()
# ```
#
# We try the line in a corridor without end: one state, −1 for every step, $\gamma = 0.9$. A time limit cuts each
# episode after three steps. The learned value converges, and the curve looks fine:

# %% fold="Learn the value of the corridor with the published line" result=true
from labkit.rl.tabular import QLearning, Sarsa, constant, falling
from labkit.rl.targets import bellman_target

corridor = grid_world(["S"])


class OneFlag(QLearning):
    """The published target: both kinds of end are one."""

    def target(self, reward, next_state, terminated, truncated):
        done = terminated | truncated
        return bellman_target(
            reward, self.table[self.run, next_state], done, truncated, self.discount
        )


def corridor_values(kind):
    """The learned value after every 50 steps, a mean over 20 agents."""
    walker = kind(
        corridor, 0.9, epsilon=1.0, rate=constant(0.2), limit=3, runs=20, seed=seed
    )
    kept = []
    for _ in range(lesson.pick(standard=30, quick=10)):
        walker.learn(50)
        kept.append(walker.table.mean().item())
    return kept


corridor_found = {"published": corridor_values(OneFlag)}
learned_steps = range(50, 50 * len(corridor_found["published"]) + 1, 50)
curves({"published": (learned_steps, corridor_found["published"])},
       "The learned value of the corridor", "steps of each agent", "Q")  # fmt: skip

# %% [markdown]
# **Compute the true value first:** −1 at each step for ever, discounted by 0.9, sums to how much? Then find the
# mistake, and mend the function. There is a second mistake: a network may predict an infinite value for a state after
# termination, and the target must not depend on it.


# %% name="bellman-target" exercise="q_learning.bellman_target"
@exercise("q_learning.bellman_target")
def my_target(reward, next_values, terminated, truncated, discount):
    """Return the Bellman target of each step, (b,).

    reward (b,), next_values (b, a), terminated and truncated boolean (b,), discount a
    number. next_values may be infinite where terminated.

    Example with b = 1, a = 2: reward [1.0], next_values [[2.0, 4.0]], discount 0.5 give
    [1 + 0.5 * 4] = [3.0], and [1.0] if nothing can be earned after this step.
    """
    ### BEGIN BUG
    done = (terminated | truncated).to(reward.dtype)
    return reward + discount * (1 - done) * next_values.max(dim=1).values
    ### END BUG
    ### BEGIN SOLUTION
    ahead = next_values.max(dim=1).values
    ahead = torch.where(terminated, torch.zeros_like(ahead), ahead)
    return reward + discount * ahead
    ### END SOLUTION


# %% checks="q_learning.bellman_target"
score("q_learning.bellman_target")


# %% fold="Learn the corridor with the mended target" result=true
class Mended(QLearning):
    """The target of exercise 2."""

    def target(self, reward, next_state, terminated, truncated):
        return my_target(
            reward,
            self.table[self.run, next_state],
            terminated,
            truncated,
            self.discount,
        )


corridor_found["mended"] = corridor_values(Mended)
curves({name: (learned_steps, kept) for name, kept in corridor_found.items()},
       "The learned value of the corridor (the true value is -10)", "steps of each agent", "Q")  # fmt: skip

# %% fold="Claim: a time limit taken for an end gives a wrong value" result=true
claim(
    "an agent that treats truncation as termination converges to a wrong value",
    abs(corridor_found["mended"][-1] + 10) < 0.5
    and corridor_found["published"][-1] > -4,
    {f"{name}: learned value": kept[-1] for name, kept in corridor_found.items()}
    | {"true value": -10.0},
    only_in="standard",
)

# %% [markdown]
# The true value is $-1 - 0.9 - 0.81 - \dots = -1 / (1 - 0.9) = -10$. With the published line the value depends on the
# time limit, which is a choice of the experimenter and no property of the world.
#
# ### The whole of Q-learning
#
# With your two functions the whole algorithm is a short loop. Here it learns the cliff:

# %% result=true
draw = torch.Generator().manual_seed(seed)
Q = torch.zeros(cliff.states, len(ACTIONS), dtype=torch.float64)
state = cliff.begin(1, draw)
for _ in range(lesson.pick(standard=4000, quick=400)):
    action = sample(my_policy(Q[state], epsilon=0.1), draw)
    next_state, reward, terminated = cliff.step(state, action, draw)
    truncated = torch.zeros_like(terminated)  # no time limit here
    target = my_target(reward, Q[next_state], terminated, truncated, discount=1.0)
    Q[state, action] += 0.5 * (target - Q[state, action])
    state = torch.where(terminated, cliff.begin(1, draw), next_state)
start = cliff.begin(1, draw)
print(
    f"value of the start: learned {Q[start].max():.1f}, exact {exact[start].max():.1f}"
)

# %% [markdown]
# ### DQN: a network instead of a table
#
# The cart is almost never in the same state twice, so a table has no entry for it. A **deep Q-network** (DQN, Mnih et
# al. 2015) is a network that reads a state and outputs the value of *every* action. Two techniques make its training
# stable. Part 4 measures one, and you write the other in part 5:
# - a **replay memory** stores many thousand steps and returns batches at random, because consecutive steps are too
#   similar to learn from, and because each step can be used many times;
# - a **target network**, an older copy of the network, computes the targets, so that they stay the same for a while.
#
# Two improvements followed. **Double DQN** chooses the next action with one network and evaluates it with the other.
# A **dueling network** has two outputs, the value $V$ of the state and the **advantage** $A$ of each action:
#
# $$Q(s, a) = V(s) + A(s, a) - \frac{1}{|A|} \sum_{a'} A(s, a').$$
#
# For example, $V = 90$ and advantages of 3 and 1 give $Q = 90 + 3 - 2 = 91$ and $90 + 1 - 2 = 89$.

# %% fold="Draw the dueling network"
from matplotlib.patches import FancyBboxPatch

from labkit.rl.q_network import DuelingQNetwork, QNetwork, Scale, synchronize


def new_agent(kind=DuelingQNetwork):
    """Four numbers in, each divided by a typical size; the values of two actions out."""
    return nn.Sequential(Scale(units), kind(observation=4, actions=2, hidden=128))


figure, axes = plt.subplots(figsize=(8.6, 2.7))
boxes = {
    "state\nb × 4": (0, 0, "gray"),
    "trunk\nb × 128": (2, 0, "sky"),
    "value $V$\nb × 1": (4.2, 0.75, "green"),
    "advantage $A$\nb × 2": (4.2, -0.75, "orange"),
    "$V + A -$ mean of $A$\nb × 2": (7, 0, "purple"),
}
for text, (x, y, color) in boxes.items():
    wide = 2.1 if "mean" in text else 1.4
    patch = FancyBboxPatch(
        (x - wide / 2, y - 0.35),
        wide,
        0.7,
        boxstyle="round,pad=0.03",
        color=COLOR[color],
        alpha=0.35,
    )
    axes.add_patch(patch)
    axes.text(x, y, text, ha="center", va="center", fontsize=10)
for begin_at, end_at in (((0.75, 0), (1.2, 0)), ((2.75, 0.15), (3.4, 0.65)), ((2.75, -0.15), (3.4, -0.65)),
                         ((4.98, 0.65), (5.85, 0.15)), ((4.98, -0.65), (5.85, -0.15))):  # fmt: skip
    axes.annotate(
        "",
        end_at,
        begin_at,
        arrowprops={"arrowstyle": "-|>", "color": "#444444", "lw": 1.4},
    )
axes.set(xlim=(-0.9, 8.3), ylim=(-1.3, 1.3))
axes.axis("off")
figure.suptitle(
    "A dueling Q-network: two outputs of one trunk",
    size=11,
    weight="bold",
    x=0.01,
    ha="left",
)
plt.show()
torch.manual_seed(seed)
print(f"{sum(weight.numel() for weight in new_agent().parameters()):,} weights")

# %% [markdown]
# The trunk is shared. `value` outputs one number for each state, `advantage` one for each action; both read the
# output of the trunk. What all actions of a state have in common is learned once, by `value`.
#
# ## 4. Why it works
#
# ### Does Q-learning find the true values?
#
# We test it on a frozen lake with holes, where four steps in ten slide off to one side. The exact values are known.
# The agents act completely at random ($\epsilon = 1$), yet should learn the values of the *optimal* policy. The
# learning rate falls as $1/n^{0.75}$ at the $n$-th visit of a state and action; for such rates convergence is proved
# (Watkins and Dayan 1992).

# %% fold="Twenty agents on the frozen lake" result=true
lake = grid_world(
    ["SSSS", "SHSH", "SSSH", "HSSG"], slip=0.4, rewards={"G": 1.0}, step_reward=0.0
)
truth = value_iteration(lake, discount=0.9)
learner = QLearning(
    lake, discount=0.9, epsilon=1.0, rate=falling(0.75), runs=20, seed=seed
)
checks = [125, 250, 500, 1000, 2000, 4000, lesson.pick(standard=8000, quick=5000)]
errors = []
for before, after in pairwise([0, *checks]):
    learner.learn(after - before)
    errors.append((learner.table - truth)[:, lake.may_stand].abs().mean().item())
curves({"Q-learning": (checks, errors)},
       f"Mean error of the values (the exact values are {truth[lake.may_stand].mean():.2f} on average)",
       "steps of each agent", "mean |Q - Q*|", log=True)  # fmt: skip

# %% fold="Claim: Q-learning reaches the optimal values" result=true
claim(
    "Q-learning approaches the optimal values although it acts at random",
    errors[-1] < 0.04
    and errors[-1] < errors[0] / 5
    and all(b < a for a, b in pairwise(errors)),
    {
        f"after {steps} steps: mean error": error
        for steps, error in zip(checks[::2], errors[::2], strict=True)
    },
    only_in="standard",
)

# %% [markdown]
# It does. Q-learning is **off-policy**: it learns the values of the optimal policy while it follows another one.
#
# ### SARSA: learning the values of what one does
#
# **SARSA** (Rummery and Niranjan 1994) is **on-policy**. Its target uses the action $a'$ that the agent will take
# next, random or not, in place of the best one:
#
# $$Q(s, a) \leftarrow Q(s, a) + \alpha \big( r + \gamma Q(s', a') - Q(s, a) \big).$$
#
# In the example above, suppose that the next action is the random one with the value −100. Then the target is $-1 -
# 100 = -101$ and $Q(s, \text{right})$ becomes $-4 + 0.5 \cdot (-101 + 4) = -52.5$. **Predict:** both agents explore
# the cliff with $\epsilon = 0.1$. Which one earns more while it learns, and where does it walk?

# %% fold="Forty agents of each kind on the cliff" result=true
steps = lesson.pick(standard=6000, quick=1500)
walkers = {
    name: kind(cliff, 1.0, epsilon=0.1, rate=constant(0.5), runs=40, seed=seed)
    for name, kind in (("Q-learning", QLearning), ("SARSA", Sarsa))
}
late = {}
for name, walker in walkers.items():
    walker.learn(steps)
    late[name] = (
        torch.tensor(
            [earning for returns in walker.returns for earning in returns[-50:]]
        )
        .mean()
        .item()
    )
figure, axes = plt.subplots(2, 1, figsize=(7.4, 4.6))
for axis, (name, walker) in zip(axes, walkers.items(), strict=True):
    share = walker.visits.double().sum(dim=(0, 2))
    picture = axis.imshow((share / share.sum()).view(cliff.shape), vmin=0, vmax=0.08)
    axis.set(
        title=f"{name}: where it walks (its last episodes earn {late[name]:.1f} each)",
        xticks=[],
        yticks=[],
    )
    axis.grid(visible=False)
    figure.colorbar(picture, ax=axis, fraction=0.02, label="share of steps")
plt.show()

# %% fold="Claim: SARSA keeps away from the cliff and earns more" result=true
daring = expected_return(cliff, epsilon_greedy(exact.round(decimals=8), 0.1), 1.0)
careful = expected_return(cliff, policy_iteration(cliff, 1.0, epsilon=0.1)[0], 1.0)
claim(
    "Q-learning walks along the edge and falls when it explores; SARSA keeps away and earns more",
    abs(late["Q-learning"] - daring) < 5 and late["SARSA"] > late["Q-learning"] + 10,
    {
        "Q-learning: mean return of the last 50 episodes": late["Q-learning"],
        "SARSA: mean return of the last 50 episodes": late["SARSA"],
        "exact return of the shortest path with epsilon 0.1": daring,
        "exact best return of any policy with epsilon 0.1": careful,
    },
    only_in="standard",
)

# %% [markdown]
# SARSA earns more. Q-learning's bright band lies in the row beside the cliff, SARSA's farther up. Neither is wrong:
# Q-learning learns the best path for an agent that does not explore, SARSA the values of the agent that it is,
# exploration included.
#
# ### What is the target network for?
#
# In a table, changing one entry leaves the others alone. In a network, one gradient step changes the values of *all*
# states a little. Suppose the network values two similar states $s$ and $s'$ at 100 each, the reward is 1 and $\gamma
# = 0.99$. The target for $s$ is $1 + 0.99 \cdot 100 = 100$. If an error has raised $s'$ to 110, the target is 109.9.
# The step towards it raises $s$, and with it the similar state $s'$, say to 112. Then the next target is 111.9, and
# so on. A target network breaks this loop: until it is replaced, targets stand still.
#
# We train the same network on CartPole twice for a short time, once with targets from a copy that is 20 steps old at
# most, once with targets from the network itself. Since each step has a reward of 1 and $\gamma = 0.99$, no return
# can be above $1 + 0.99 + 0.99^2 + \dots = 100$. **Predict:** what do the values do without a target network? First,
# the loop that trains a DQN:

# %%
from labkit.rl.dqn import collect, double_dqn_target, dqn_target, update
from labkit.rl.environments import Environments
from labkit.rl.exploration import linear_epsilon
from labkit.rl.replay import ReplayBuffer, Slots

discount, unit = 0.99, 100.0  # rewards are divided by `unit`: part 6 says why


def learn(online, aim, rounds, period=20, report=None, memory=None):
    """Train `online` on eight carts; `aim` computes the targets. Returns the carts.

    Every round takes one step in each cart and one gradient step. After every `period`
    rounds the target network is replaced.
    """
    draw = torch.Generator().manual_seed(seed)
    carts, target = Environments("CartPole-v1", 8, seed), copy.deepcopy(online)
    memory = ReplayBuffer(100_000) if memory is None else memory
    optimizer = torch.optim.Adam(online.parameters(), lr=2e-3, fused=True)
    for step in range(rounds):
        epsilon = linear_epsilon(step, max(1, 3 * rounds // 10), last=0.04)
        seen = collect(carts, online, epsilon, draw)
        memory.add(replace(seen, reward=seen.reward / unit))
        optimizer.param_groups[0]["lr"] = 2e-3 * (1 - step / rounds)
        if step >= 50:
            update(online, target, memory.sample(64, draw), optimizer, discount, aim)
            if step % period == 0:
                synchronize(target, online)
        if report is not None:
            report(step + 1, online, carts)
    return carts


# %% fold="Train with and without a target network" result=true
predicted = {}


def recorder(kept):
    """A report that keeps the mean predicted value of the states in which the carts are, in steps."""

    @torch.no_grad()
    def report(step, online, carts):
        if step >= 70 and step % 10 == 0:
            kept.append(unit * online(carts.obs).max(dim=1).values.mean().item())

    return report


for name, period in {"target network": 20, "no target network": 1}.items():
    torch.manual_seed(seed)
    predicted[name] = []
    learn(
        new_agent(QNetwork),
        dqn_target,
        lesson.pick(standard=1000, quick=100),
        period,
        recorder(predicted[name]),
    )
curves({name: (range(70, 70 + 10 * len(kept), 10), kept) for name, kept in predicted.items()},
       "Predicted values (no return can be above 100)", "gradient steps", "predicted value, in steps", log=True)  # fmt: skip

# %% fold="Claim: without a target network the values run away" result=true
claim(
    "without a target network the values exceed what can be earned; with one they do not run away",
    max(predicted["target network"]) < 150
    and max(predicted["no target network"]) > 300,
    {
        f"{name}: largest mean predicted value": max(kept)
        for name, kept in predicted.items()
    },
    only_in="standard",
)

# %% [markdown]
# Without a target network the values run away. How far depends on the seed and on the learning rate; in milder
# settings they oscillate instead. The mark on the logarithmic axis to remember is 100.
#
# ### Why two networks choose and evaluate
#
# Consider a world in which nothing can be earned: 24 cells, no goal, and rewards that are noise with mean 0. Every
# value is exactly 0. The estimates are sometimes a little too high and sometimes too low. But the **maximum** over
# actions picks the one that is too high. For example, estimates of −1, 0 and 1 have a mean of 0 and a maximum of 1.
# The target then passes this error on to the states before. In double DQN one network chooses the action, and the
# other one says what it is worth. **Predict:** does that remove the overestimate?

# %% fold="Train on noise, with one network and with two" result=true
from labkit.rl.transitions import Transitions

noise_world = grid_world(
    ["......", "......", "..S...", "......"], slip=0.2, step_reward=0.0
)
cells = torch.eye(noise_world.states)


def overestimate(aim, steps):
    """The mean of max Q over all cells, every 25 gradient steps: the exact value is 0."""
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
        seen = Transitions(
            cells[state], action, reward, cells[ahead], over, torch.zeros_like(over)
        )
        update(online, target, seen, optimizer, 0.95, aim)
        if step % 25 == 0:
            synchronize(target, online)
        if step % 25 == 24:
            with torch.no_grad():
                kept.append(online(cells).max(dim=1).values.mean().item())
    return kept


few = lesson.pick(standard=1200, quick=100)
too_high = {
    "DQN": overestimate(dqn_target, few),
    "double DQN": overestimate(double_dqn_target, few),
}
curves({name: (range(25, 25 * len(kept) + 1, 25), kept) for name, kept in too_high.items()},
       "Values learned in a world of pure noise (exact: 0)", "gradient steps", "mean of max Q")  # fmt: skip

# %% fold="Claim: double DQN lowers the overestimate" result=true
last_third = {
    name: sum(kept[-len(kept) // 3 :]) / len(kept[-len(kept) // 3 :])
    for name, kept in too_high.items()
}
claim(
    "the maximum of noisy values overestimates; double DQN lowers the overestimate but does not remove it",
    last_third["DQN"] > 0.4 and 0 < last_third["double DQN"] < 0.75 * last_third["DQN"],
    {
        f"{name}: mean of max Q in the last third": value
        for name, value in last_third.items()
    },
    only_in="standard",
)

# %% [markdown]
# No, it only lowers it: the target network is an older copy, so both networks share many of their errors.

# %% [markdown]
# ## 5. Build it: the pieces of DQN
#
# ### Exercise 3. The replay memory
#
# A table of fixed size, whose oldest rows are overwritten when it is full: a **ring**. Number all rows in the order
# in which they come, from 0 on. Row number $i$ goes to slot $i \bmod \mathrm{capacity}$. With a capacity of 3, the
# rows 0, 1, 2, 3, 4 leave the numbers 3, 4, 2 in the slots 0, 1, 2.
#
# `sample` gets random numbers in [0, 1) and returns one stored row for each. Divide [0, 1) into `len(self)` equal
# parts; a number in part $k$ means slot $k$. With three rows, 0.5 means slot 1. `Slots` holds the table and the
# count:


# %% name="replay" exercise="q_learning.replay"
@exercise("q_learning.replay")
class MyMemory(Slots):
    """The newest rows of numbers, in a ring.

    self.rows (capacity, width) is the table, at first zeros. self.added counts the rows
    that were added over all time. len(self) is the number of rows that are stored.
    """

    def add(self, rows):
        """Store the rows (n, width). If n is larger than the capacity, the last stay.

        Example with capacity 3 and self.added = 2: two rows go to the slots 2 and 0,
        and self.added becomes 4.
        """
        ### BEGIN SOLUTION
        capacity, end = len(self.rows), self.added + len(rows)
        kept = rows[-capacity:]
        slots = torch.arange(end - len(kept), end) % capacity
        self.rows[slots] = kept
        self.added = end
        ### END SOLUTION

    def sample(self, uniform):
        """Return a stored row for each number in [0, 1): uniform (m,) gives (m, width).

        Example with two stored rows: [0.1, 0.7] give the rows in the slots 0 and 1.
        """
        ### BEGIN SOLUTION
        slots = (uniform * len(self)).long().clamp(max=len(self) - 1)
        return self.rows[slots]
        ### END SOLUTION


# %% checks="q_learning.replay"
score("q_learning.replay")

# %% [markdown]
# ### Exercise 4. The double target
#
# As in exercise 2, with the values of two networks. The **online** network, which is being trained, chooses the next
# action. The **target** network gives the value of that action:
#
# $$y = r + \gamma \, Q_{\text{target}}\big(s', \arg\max_{a'} Q_{\text{online}}(s', a')\big), \qquad
# y = r \text{ after termination.}$$


# %% name="double-target" exercise="q_learning.double_target"
@exercise("q_learning.double_target")
def my_double_target(reward, next_online, next_target, terminated, truncated, discount):
    """Return the double target of each step, (b,).

    reward (b,), next_online and next_target (b, a), terminated and truncated boolean
    (b,). Values may be infinite where terminated.

    Example with b = 1, a = 2: reward [1.0], next_online [[5.0, 6.0]],
    next_target [[9.0, 4.0]], discount 0.5 give [1 + 0.5 * 4] = [3.0].
    """
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
# `update` takes any function that computes targets, and `ReplayBuffer` any memory. So the agent of part 6 learns with
# the target and the memory of your exercises. This is the loss that it minimizes:

# %%
import inspect

from labkit.rl.dqn import dqn_loss


def my_aim(online, target, batch, discount):
    """Double DQN, with the target of exercise 4."""
    values = online(batch.next_obs), target(batch.next_obs)
    return my_double_target(
        batch.reward, *values, batch.terminated, batch.truncated, discount
    )


print(inspect.getsource(dqn_loss))

# %% [markdown]
# - `torch.no_grad()`: the target is a constant. With gradients through it, the network would also change the value of
#   the next state to fit the present one.
# - `gather`: only the action that was taken is trained. Nothing is known about the other one.
# - `smooth_l1_loss` (the Huber loss) is a square for errors below 1 and a straight line above, so that a single large
#   error cannot move the weights far.
#
# ## 6. Train it
#
# | choice | value | reason |
# |---|---|---|
# | preprocessing | each number divided by a typical size | an angle of 0.2 then counts as much as a position of 2.4 |
# | rewards | divided by 100 | values lie between 0 and 1, in the square part of the loss. With rewards of 1, an error of 100 and an error of 1 have the same gradient; in trials those agents fell back to 105 to 150 steps |
# | discount | 0.99 | looks about 100 steps ahead |
# | memory, batch | 100,000 and 64 | nothing is overwritten in this run |
# | learning rate | 2e-3, falling to 0 | the better of 1e-3 and 2e-3 in trials with five seeds |
# | target network | replaced every 20 rounds | values spread back by one step with each replacement: with every 100 rounds they had reached only 34 at the end of a trial |
# | exploration | epsilon from 1 to 0.04 in the first 30 % | first see many states, then the states that good play meets |
# | carts | 8 at once | one pass of the network serves all |
#
# A network this small is faster on the CPU than on a GPU, so this hour stays there. Ten times during training the
# agent plays sixteen episodes without exploring, and the best of these ten checkpoints is kept. **Predict:** will the
# last checkpoint be the best?

# %% result=true
from labkit.rl.evaluation import discounted_returns
from labkit.show.live.explorer import LiveCurves

rounds = lesson.pick(standard=4000, quick=150)
live = LiveCurves(rounds, "Dueling double DQN on CartPole")
history, snapshots = [], {}


def follow(step, online, carts):
    """Ten times: play without exploring, and keep the returns and the network."""
    if step % (rounds // 10) == 0:
        tried = play(online, "CartPole-v1", 16, seed=1000)
        foretold = unit * tried.values[0].max(dim=1).values.mean().item()
        ahead = discounted_returns(tried.reward, discount)[0].mean().item()
        history.append((step, tried.returns.mean().item(), foretold, ahead))
        snapshots[step] = copy.deepcopy(online)
        live(step, steps=history[-1][1])


torch.manual_seed(seed)
memory = ReplayBuffer(100_000, memory=MyMemory)
carts = learn(new_agent(), my_aim, rounds, report=follow, memory=memory)
live.close()
best_step = max(history, key=lambda row: (row[1], row[0]))[0]  # of equals the last
trained = snapshots[best_step]
print(
    f"{carts.steps:,} steps taken; the best of ten checkpoints is from round {best_step}"
)

# %% fold="Test the kept agent on fresh episodes" result=true
tested = play(trained, "CartPole-v1", episodes, seed=5000)
earned["dueling double DQN"] = tested.returns.mean().item()
bars(
    earned,
    f"CartPole: steps until the pole falls, on {episodes} new episodes (at most 500)",
    "mean steps",
)

# %% fold="Claim: the agent balances the pole" result=true
claim(
    "DQN balances the pole for over 195 steps on average, on episodes by which it was not chosen",
    earned["dueling double DQN"] > 195,
    {f"{name}: mean steps": steps for name, steps in earned.items()},
    only_in="standard",
)

# %% [markdown]
# 195 steps is the mark at which the first version of this task counted as solved. The live curve shows the answer for
# your run. In many runs the steps rise and fall several times, so the last checkpoint need not be the best. Part 8
# says why.
#
# ## 7. Look inside
#
# The first explorer shows the cliff while each agent learns: its path, and for the chosen cell the four learned
# values beside the exact ones. (SARSA learns at a smaller rate here, since its targets contain its own random
# actions.)

# %% fold="Open the explorer of the cliff" result=true
from labkit.rl.recording import greedy_path, record_episode, record_learning
from labkit.show.agent.data import CartEpisode, GridFilm
from labkit.show.agent.explorer import AgentExplorer


def film_of(kind, truth, rate):
    """The table of one agent while it learns, and where it would go from the start at each moment."""
    walker = kind(cliff, 1.0, epsilon=0.1, rate=constant(rate), seed=seed)
    seen = record_learning(
        walker,
        lesson.pick(standard=12_000, quick=300),
        frames=lesson.pick(standard=48, quick=8),
    )
    paths = [greedy_path(cliff, table, limit=60) for table in seen.table]
    return GridFilm(cliff.map, seen.table, seen.episodes, truth, paths)


films = {
    "Q-learning": film_of(QLearning, exact, rate=0.5),
    "SARSA": film_of(Sarsa, policy_iteration(cliff, 1.0, epsilon=0.1)[1], rate=0.2),
}
cliff_explorer = AgentExplorer(films)
cliff_explorer.film_frame = films["Q-learning"].frames - 1
cliff_explorer

# %% [markdown]
# Click a cell, or move with the arrow keys. **Find by hand:**
# 1. Play the film of Q-learning. Do the values become right first near the start or near the goal?
# 2. Go to the last moment of SARSA, to a cell right above the cliff. Compare "right" with "up" there.
#
# <details><summary>Answer to 1</summary>
#
# Near the goal. A target contains the value of the next state, so each visit carries a value back by one step.
# </details>
#
# <details><summary>Answer to 2</summary>
#
# "Up" has the larger value (exactly −10.7 against −13.5 in the sixth column), except in the last two columns. SARSA
# counts its own random steps, and right above the cliff one of them can fall. In Q-learning's film "right" is better.
# </details>

# %% [markdown]
# The second explorer plays two episodes of the cart: an early checkpoint, and the agent that was kept.


# %% fold="Open the explorer of the cart" result=true
def episode_of(network):
    """One episode without exploring, with its values in steps."""
    seen = record_episode(network, seed=3)
    return CartEpisode(seen.obs, unit * seen.values, seen.action, seen.truncated)


trained_episode = episode_of(trained)
cart_explorer = AgentExplorer(
    {
        "cart, early": episode_of(snapshots[min(snapshots)]),
        "cart, trained": trained_episode,
    }
)
cart_explorer.view = "cart, trained"
cart_explorer.step = min(20, trained_episode.steps - 1)
cart_explorer

# %% [markdown]
# **Find by hand:**
# 3. In "cart, trained", step to a moment where the two lines cross. What does the agent do before and after it?
#
# <details><summary>Answer to 3</summary>
#
# The agent takes the action whose line is higher, so it changes from one push to the other.
# </details>
#
# How far apart are the two values, compared with their size?

# %% fold="Measure the difference between the two actions" result=true
pair = torch.as_tensor(trained_episode.values).double()
gap = (pair[:, 0] - pair[:, 1]).abs().mean().item()
claim(
    "the two actions differ by less than a tenth of their value",
    gap < 0.1 * pair.mean().item(),
    {
        "mean value, in steps": pair.mean().item(),
        "mean difference of the two actions, in steps": gap,
    },
    only_in="standard",
)

# %% [markdown]
# A single wrong push can be corrected by the next one, so the two values differ little. The choice depends on this
# small difference, while most of what the network learns is common to both actions. This is what the dueling network
# separates.
#
# ## 8. Strengths, weaknesses, cost
#
# **Strength: it learns from any experience**, whoever acted, because its target does not ask which action follows. So
# it needs no model of the world, and each step can be used many times.
#
# **Weakness: unstable, and overoptimistic.** The figure shows the ten checkpoints of part 6. Both curves are
# discounted sums of rewards from the start of an episode, so they can be compared.

# %% fold="Draw earned and predicted returns" result=true
marks = [row[0] for row in history]
curves({"earned": (marks, [row[3] for row in history]), "predicted": (marks, [row[2] for row in history])},
       "Discounted return: earned and predicted at the start", "round", "discounted steps (at most 100)")  # fmt: skip

# %% fold="Compare them at every moment of longer episodes" result=true
from labkit.rl.evaluation import promised_and_earned

longer = play(
    trained,
    "CartPole-v1",
    lesson.pick(standard=16, quick=4),
    seed=9000,
    max_episode_steps=lesson.pick(standard=1500, quick=600),
)
foretold, came = promised_and_earned(longer, discount)
print(
    f"predicted {unit * foretold.mean():.1f}, earned {came.mean():.1f} (both discounted, over the same moments)"
)
print(
    f"{carts.steps:,} steps taken: {carts.steps / 50 / 60:.0f} minutes of a real cart at 50 pushes a second"
)
print(f"each step was used {rounds * 64 / carts.steps:.0f} times on average")

# %% [markdown]
# All states share the weights, so a checkpoint that balances may be followed by one that does not. Where the
# predicted curve lies above 100, it predicts more than anybody can earn. Compare predicted values with earned returns
# before you believe them.
#
# **Cost: experience.** Several carts at once help. **Predict:** how many more steps a second do 8 carts give than
# one?

# %% fold="Time 1, 8 and 64 carts" result=true
steps_per_second = {}
for count in (1, 8, 64):
    many = Environments("CartPole-v1", count, seed)
    collect(many, trained, epsilon=0.1)
    before, started = many.steps, time.process_time()
    for _ in range(lesson.pick(standard=200, quick=20)):
        collect(many, trained, epsilon=0.1)
    name = f"{count} cart" + "s" * (count > 1)
    steps_per_second[name] = (many.steps - before) / (time.process_time() - started)
bars({name: speed / 1000 for name, speed in steps_per_second.items()},
     "Steps per second of processor time", "thousand steps per second")  # fmt: skip

# %% fold="Claim: eight carts are more than twice as fast as one" result=true
claim(
    "eight carts at once take more than twice as many steps a second as one",
    steps_per_second["8 carts"] > 2 * steps_per_second["1 cart"],
    {
        f"{name}: steps per second": round(speed)
        for name, speed in steps_per_second.items()
    },
    only_in="standard",
)

# %% [markdown]
# With 64 carts and one gradient step a round, the same number of steps would give eight times fewer gradient steps.
# And in the real world there is one cart: it needs minutes for what a person learns in seconds.
#
# **Limit: few actions.** The maximum compares all actions. A steering wheel has infinitely many (Hour 20).
#
# ## 9. In practice
#
# Professionals use Stable-Baselines3, CleanRL or RLlib. Where Stable-Baselines3 is installed, the next cell gives its
# DQN our weights and one batch of our memory, and compares one gradient step of both.

# %% fold="Take the same gradient step with Stable-Baselines3"
from importlib.util import find_spec

if find_spec("stable_baselines3") is None:
    print(
        "Stable-Baselines3 is not installed here: pip install stable-baselines3, then run this cell again."
    )
else:
    import gymnasium
    from stable_baselines3 import DQN
    from stable_baselines3.common.logger import configure
    from stable_baselines3.common.type_aliases import ReplayBufferSamples

    torch.manual_seed(seed)
    ours = QNetwork(4, 2, hidden=128)
    theirs = DQN(
        "MlpPolicy",
        gymnasium.make("CartPole-v1"),
        1e-3,
        policy_kwargs={"net_arch": [128, 128]},
        device="cpu",
    )
    theirs.set_logger(configure(None, []))
    for network in (theirs.q_net, theirs.q_net_target):
        network.q_net.load_state_dict(ours.layers.state_dict())
    stored, some = ReplayBuffer(10_000), Environments("CartPole-v1", 8, seed)
    for _ in range(100):
        stored.add(collect(some, ours, epsilon=1.0))
    batch = stored.sample(64)
    column = [batch.terminated.float(), batch.reward]
    samples = ReplayBufferSamples(
        batch.obs, batch.action[:, None], batch.next_obs, *(c[:, None] for c in column)
    )
    theirs.replay_buffer.sample = lambda *_, **__: samples
    update(ours, copy.deepcopy(ours), batch, torch.optim.Adam(ours.parameters(), 1e-3))
    theirs.train(gradient_steps=1, batch_size=64)
    pairs = zip(ours.parameters(), theirs.q_net.parameters(), strict=True)
    apart = max((a - b).abs().max().item() for a, b in pairs)
    claim(
        "Stable-Baselines3 takes the same gradient step",
        apart < 1e-6,
        {"largest difference of a weight": apart},
    )

# %% [markdown]
# DQN is used where there are few actions and a simulator or a large log of experience: games from pixels,
# recommendation, traffic lights, inventory.

# %% [markdown]
# ### Further: variants and what they changed
#
# | variant | what it changed | reference |
# |---|---|---|
# | prioritized replay | samples steps with large errors more often | Schaul et al. 2016 |
# | n-step targets | sum n rewards before the predicted value | Sutton 1988 |
# | distributional (C51, QR-DQN) | learn the distribution of returns, not only its mean | Bellemare et al. 2017 |
# | noisy networks | explore by learned noise in the weights | Fortunato et al. 2018 |
# | Rainbow | these four, with double DQN and dueling | Hessel et al. 2018 |
# | soft updates | the target network moves a little at each step | Lillicrap et al. 2016 |

# %% [markdown]
# ## 10. Responsibility
#
# - **The agent maximizes the reward, not the intention.** In a racing game an agent learned to circle and collect
#   bonus targets for ever, and never finished (Clark and Amodei 2016). Ask of each reward: what else would earn it?
# - **Exploration has a cost.** Our agent let the pole fall hundreds of times. With patients, customers or drivers,
#   epsilon is an experiment on people. It needs consent, limits, and a person who can stop it.
# - **The discount and the reward choose the horizon.** With $\gamma = 0.99$ a reward 500 steps ahead counts 0.7 % of
#   one now. A system that maximizes clicks within a session does not count what happens to its user next year.
# - **Predicted values are no results.** A value is the agent's own estimate, and the maximum makes it too high.
#   Report what was earned.
#
# ## 11. Check yourself
#
# <details><summary>1. The pole falls at the same step at which the time limit ends the episode. What is the
# target?</summary>
#
# The reward alone. Both flags may be set, and after termination nothing can be earned.
# </details>
#
# <details><summary>2. Q-learning on the cliff knows the best path and earns less than SARSA. Why?</summary>
#
# It goes on exploring, and its target assumes that it does not. With epsilon 0 it would earn more.
# </details>
#
# <details><summary>3. You have a log of what other people did. Which of the two methods can learn the optimal values
# from it?</summary>
#
# Q-learning, because its target does not depend on who acted. SARSA would learn the values of those people's policy.
# (Hour 21 shows what goes wrong all the same.)
# </details>
#
# <details><summary>4. The estimates of all four actions of a state are unbiased. Is their maximum?</summary>
#
# In general no: it is too high on average, unless the estimates have no error.
# </details>
#
# <details><summary>5. What would a dueling network lose without the subtraction of the mean?</summary>
#
# A constant could move between V and A without changing Q. Then V would no longer be the value of the state.
# </details>
#
# <details><summary>6. Your agent predicts a value of 130, gamma is 0.99 and each step has a reward of 1. What do you
# know?</summary>
#
# That the value is wrong: no return can be above 100.
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
# **Next**: Hour 19 learns no values of actions and improves the policy itself.
