"""What goes wrong in a sampling loop: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.transformers.sampling import top_p


def _choose(logits, u):
    return int((logits.softmax(dim=-1).cumsum(dim=-1) <= u).sum())


def _written(table, first, draws, step):
    """The loop; `step` chooses the next token from the text so far and a draw."""
    text = [first]
    for u in draws:
        text.append(step(text, u))
    return torch.tensor(text)


def always_the_first_row(table, first, temperature, p, draws):
    """Every token is predicted from the first one.

    The next token depends on the last token of the text, which changes in every step. Which row of the table do you
    read?
    """
    return _written(table, first, draws, lambda text, u: _choose(top_p(table[text[0]] / temperature, p), u))


def columns_read(table, first, temperature, p, draws):
    """Columns of the table are read, not rows.

    Row i holds the logits of the token after token i. Which index comes first?
    """
    return _written(table, first, draws, lambda text, u: _choose(top_p(table[:, text[-1]] / temperature, p), u))


def greedy(table, first, temperature, p, draws):
    """The likeliest token is always taken.

    Then the draws and the temperature have no effect. How does a number between 0 and 1 choose a token?
    """
    return _written(table, first, draws, lambda text, u: int(table[text[-1]].argmax()))


def own_draws(table, first, temperature, p, draws):
    """The given draws are not used.

    `torch.multinomial` draws its own random numbers. The exercise gives you the numbers, so that the result can be
    checked: which token does a draw choose?
    """

    def step(text, _):
        return int(torch.multinomial(top_p(table[text[-1]] / temperature, p).softmax(dim=-1), 1))

    return _written(table, first, draws, step)


def one_draw_for_all(table, first, temperature, p, draws):
    """Every step uses the first draw.

    Each token needs a random number of its own. Which draw belongs to which step?
    """
    return _written(table, first, draws, lambda text, _: _choose(top_p(table[text[-1]] / temperature, p), draws[0]))


def temperature_multiplies(table, first, temperature, p, draws):
    """The logits are multiplied by the temperature.

    A high temperature should make the probabilities more equal. Does yours?
    """
    return _written(table, first, draws, lambda text, u: _choose(top_p(table[text[-1]] * temperature, p), u))


def temperature_ignored(table, first, temperature, p, draws):
    """The temperature has no effect.

    At a temperature of 1 your text is right. Where does the temperature enter, before or after the softmax?
    """
    return _written(table, first, draws, lambda text, u: _choose(top_p(table[text[-1]], p), u))


def temperature_on_probabilities(table, first, temperature, p, draws):
    """The temperature divides the probabilities.

    After the softmax it is too late: divided probabilities no longer sum to 1. What should be divided?
    """

    def step(text, u):
        each = top_p(table[text[-1]], p).softmax(dim=-1) / temperature
        return min(int((each.cumsum(dim=-1) <= u).sum()), len(table) - 1)

    return _written(table, first, draws, step)


def temperature_last(table, first, temperature, p, draws):
    """The temperature comes after top-p.

    Top-p then selects from the probabilities at temperature 1. Which comes first here?
    """
    return _written(table, first, draws, lambda text, u: _choose(top_p(table[text[-1]], p) / temperature, u))


def top_p_forgotten(table, first, temperature, p, draws):
    """Top-p has no effect.

    With p close to 1 your text is right. Which tokens should a smaller p exclude?
    """
    return _written(table, first, draws, lambda text, u: _choose(table[text[-1]] / temperature, u))


def top_p_of_probabilities(table, first, temperature, p, draws):
    """Top-p receives probabilities, not logits.

    Your `top_p` takes a softmax itself, and two of them make the probabilities nearly equal. What does it expect?
    """
    return _written(
        table, first, draws, lambda text, u: _choose(top_p((table[text[-1]] / temperature).softmax(dim=-1), p), u)
    )


def not_renormalized(table, first, temperature, p, draws):
    """After top-p the probabilities do not sum to 1.

    You take the softmax of all tokens and then set some to 0. What is the sum of the others? Take the softmax of the
    filtered logits.
    """

    def step(text, u):
        logits = table[text[-1]] / temperature
        each = logits.softmax(dim=-1).masked_fill(top_p(logits, p) == -torch.inf, 0.0)
        return min(int((each.cumsum(dim=-1) <= u).sum()), len(table) - 1)

    return _written(table, first, draws, step)


def one_token_early(table, first, temperature, p, draws):
    """The token before the right one is chosen.

    The cumulative sum of a token includes its own probability. With probabilities 0.25 and 0.75 and a draw of 0.5,
    which sum is the first to exceed the draw?
    """

    def step(text, u):
        return max(_choose(top_p(table[text[-1]] / temperature, p), u) - 1, 0)

    return _written(table, first, draws, step)


def first_token_left_out(table, first, temperature, p, draws):
    """The text does not begin with its first token.

    The result has one token more than there are draws. Which one is missing?
    """
    whole = _written(table, first, draws, lambda text, u: _choose(top_p(table[text[-1]] / temperature, p), u))
    return whole[1:]


def one_token_late(table, first, temperature, p, draws):
    """The token after the right one is chosen.

    With probabilities 0.25 and 0.75 and a draw of 0.1, the first sum already exceeds the draw. Which token is that?
    """

    def step(text, u):
        return min(_choose(top_p(table[text[-1]] / temperature, p), u) + 1, len(table) - 1)

    return _written(table, first, draws, step)


def sorted_numbers(table, first, temperature, p, draws):
    """The chosen number belongs to the sorted tokens.

    You sort the probabilities before you add them up, so your result is a rank. Which token has this rank? The sum also
    works without sorting.
    """

    def step(text, u):
        each = top_p(table[text[-1]] / temperature, p).softmax(dim=-1).sort(descending=True).values
        return int((each.cumsum(dim=-1) <= u).sum())

    return _written(table, first, draws, step)
