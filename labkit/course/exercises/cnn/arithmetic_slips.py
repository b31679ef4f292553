"""What goes wrong in the arithmetic of windows: each function is wrong in one thing, which its docstring names."""


def _walk(size, windows, sizes=None, fields=None, jumps=None, start=(1, 1)):
    """Done right, but for the steps that are handed in; each is called with (before, jump, kernel, stride, padding)."""
    field, jump = start
    sizes = sizes or (lambda n, j, k, s, p: (n + 2 * p - k) // s + 1)
    fields = fields or (lambda r, j, k, s, p: r + (k - 1) * j)
    jumps = jumps or (lambda r, j, k, s, p: j * s)
    for k, s, p in windows:
        size, field, jump = sizes(size, jump, k, s, p), fields(field, jump, k, s, p), jumps(field, jump, k, s, p)
    return size, field, jump


def jump_ignored(size, windows):
    """The field grows by k - 1 pixels, whatever the jump is.

    After a stride of 2, the fields of two neighbors are 2 pixels apart. By how many pixels does a window over three of
    them widen the field?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r + k - 1)


def jump_too_early(size, windows):
    """A layer's own stride widens its own field.

    A window spans units of the layer below. How far apart these are depends on the strides of earlier layers only. In
    which order do you update field and jump?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r + (k - 1) * j * s)


def jump_is_the_stride(size, windows):
    """The jump is the stride of the last layer alone.

    After strides of 2 and 3, how many pixels of the input does one step at the top move?
    """
    return _walk(size, windows, jumps=lambda r, j, k, s, p: s)


def strides_added(size, windows):
    """Strides are added.

    One step of a layer with stride 3 is three steps of the layer below, and each of these is several pixels. Do the
    strides add or multiply?
    """
    return _walk(size, windows, jumps=lambda r, j, k, s, p: j + s - 1)


def fields_multiplied(size, windows):
    """The kernels are multiplied.

    Stack two windows of 3, draw them on a row of pixels, and count. Is the field 9?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r * k)


def whole_kernel_added(size, windows):
    """The field grows by k instead of k - 1.

    A window of 1 sees exactly what the layer below sees. Does your formula give that?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r + k * j)


def field_from_nothing(size, windows):
    """The field starts at 0.

    A pixel of the input, before any window, sees itself. How many pixels is that?
    """
    return _walk(size, windows, start=(0, 1))


def other_end_first(size, windows):
    """The recursion for the other direction is used.

    You multiply the field by the stride. That is right if you go from the last layer down to the input. Your loop goes
    from the input up.
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: (r - 1) * s + k)


def one_too_few(size, windows):
    """The output is one too small.

    How many positions has a window of 3 on a row of 3 pixels? What does your formula give?
    """
    return _walk(size, windows, sizes=lambda n, j, k, s, p: (n + 2 * p - k) // s)


def rounded_up(size, windows):
    """The output is rounded up.

    On 10 pixels, windows of 3 with stride 2 start at 0, 2, 4 and 6. The next one would overlap the edge: is it
    counted?
    """
    return _walk(size, windows, sizes=lambda n, j, k, s, p: -((n + 2 * p - k) // -s) + 1)


def not_rounded(size, windows):
    """The output's size is no whole number.

    There is no half window. In Python, which division rounds down?
    """
    return _walk(size, windows, sizes=lambda n, j, k, s, p: (n + 2 * p - k) / s + 1)


def padding_once(size, windows):
    """The padding is counted once.

    Padding is added on both sides of the row. By how many pixels does that make it longer?
    """
    return _walk(size, windows, sizes=lambda n, j, k, s, p: (n + p - k) // s + 1)


def padding_in_the_field(size, windows):
    """The padding widens the field.

    Padding gives windows more positions. Does it make a window wider?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r + (k - 1 + 2 * p) * j)


def jump_starts_at_zero(size, windows):
    """The jump starts at 0.

    Two neighboring pixels of the input are one pixel apart. What does a product with 0 stay?
    """
    return _walk(size, windows, start=(1, 0))


def padding_not_counted(size, windows):
    """The padding has no effect on the size.

    The window also moves over the frame. By how many pixels does a padding of 1 make the row longer?
    """
    return _walk(size, windows, sizes=lambda n, j, k, s, p: (n - k) // s + 1)


def own_stride_for_the_jump(size, windows):
    """The field grows by k - 1 strides of the same layer.

    A window spans units of the layer below. How far apart these are depends on the strides of all earlier layers, and
    not on this layer's own. Which of your three numbers says how far?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r + (k - 1) * s)


def one_added_before_the_division(size, windows):
    """The 1 of the size is added before the division.

    In the formula the 1 stands outside the fraction: it counts the starting position. Check your brackets on 12 pixels
    with a window of 4, stride 3 and padding 1.
    """
    return _walk(size, windows, sizes=lambda n, j, k, s, p: (n + 2 * p - k + 1) // s)


def field_and_jump_swapped(size, windows):
    """The receptive field and the jump are returned in the wrong order.

    Look at the docstring: which of the two comes second?
    """
    size, field, jump = _walk(size, windows)
    return size, jump, field
