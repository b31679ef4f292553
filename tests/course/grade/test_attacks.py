"""Submissions that solve nothing and want marks: every one gets none, and the next one is graded as if nothing was."""

from collections.abc import Iterator

import pytest

from course.grade.strangers import IMPORTS, RIGHT, SMALL, TRIED, ZEROS, Graded, Surroundings, grade, task
from labkit.course.grade.keeper.worker import Worker

HEAD = '@exercise("transformer.attend")\ndef attend(query, key, value, mask=None):\n'

ATTACKS = {
    "comparisons always say yes": """
import builtins, unittest, numpy, numpy.testing, torch.testing
for module, names in ((numpy, "allclose isclose array_equal"), (torch, "allclose isclose equal"),
                      (numpy.testing, "assert_allclose assert_equal"), (torch.testing, "assert_close")):
    for name in names.split():
        setattr(module, name, lambda *args, **kwargs: True)
torch.Tensor.__eq__ = torch.Tensor.__sub__ = lambda self, other: True
builtins.AssertionError = type("Never", (Exception,), {})
""" + ZEROS,
    "an object equal to everything": """
class Equal:
    shape, dtype, values = (1,), torch.float32, None
    __class__ = torch.Tensor
    def __eq__(self, other): return True
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __array__(self, *args, **kwargs): return __import__("numpy").zeros(1)
""" + HEAD + "    return Equal(), Equal()",
    "a number equal to everything": """
class Number(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return Number(0)
    __hash__ = float.__hash__
""" + HEAD + "    return Number(1), Number(1)",
    "a class called tensor, without values": "class tensor:\n    pass\n" + HEAD + "    return tensor(), tensor()",
    "the checker is replaced": """
import sys, types
for name in ("checking", "judging", "registry", "feedback"):
    fake = types.ModuleType("labkit.course." + name)
    fake.judge = fake.check = fake.differences = fake.same = lambda *args, **kwargs: []
    sys.modules["labkit.course." + name] = fake
import labkit.course.check.running as running, labkit.course.check.spec as spec
running.Outcome.problem = running.Leaf.values = None
spec.Exercise.points = 100
""" + ZEROS,
    "the runner is replaced": """
import sys, labkit.course.check.running as running
from labkit.course.check.leaves import Leaf
from labkit.course.check.running import Outcome
def run_all(answer, cases, device, seconds=2.0):
    return [Outcome({"[0]": Leaf("tensor", "float32"), "[1]": Leaf("tensor", "float32")}) for case in cases]
for module in list(sys.modules.values()):
    if hasattr(module, "run_all"):
        module.run_all = run_all
""" + ZEROS,
    "input transformers and cell hooks": """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["print('PATCHED')"])
shell.events.register("pre_run_cell", lambda: print("PATCHED"))
shell.run_cell = shell.run_cell_magic = None
shell.user_ns["attend"] = lambda *args: None
""" + ZEROS,
    "a subclass that says what it is": """
class Sly(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True
    def numpy(self, *args): return True
""" + HEAD + "    return torch.zeros(1).as_subclass(Sly), torch.zeros(1).as_subclass(Sly)",
    "pickles that run code": """
import os, numpy
class Evil:
    def __reduce__(self): return (os.system, ("touch {folder}/PICKLED",))
""" + HEAD + "    return Evil(), numpy.array([Evil()], dtype=object)",
    "everything is an instance of everything": """
import builtins
builtins.isinstance = lambda *args: True
builtins.len = lambda thing: 12
builtins.print = builtins.zip = builtins.sum = lambda *args, **kwargs: []
""" + ZEROS,
    "recursion without end": """
import sys
sys.setrecursionlimit(10**9)
def down(n): return [down(n + 1)]
""" + HEAD + "    return down(0)",
    "a result nested 100,000 deep": """
deep = []
for _ in range(100_000):
    deep = [deep]
""" + HEAD + "    return deep, deep",
    "a dictionary that contains itself": "loop = {}\nloop['loop'] = loop\n" + HEAD + "    return loop, [loop] * 50",
    "results too large": HEAD + "    return torch.zeros(30_000_000), torch.zeros(1).expand(10**12)",
    "a zip bomb": TRIED + """
import io, numpy, zipfile
def bomb():
    data = io.BytesIO()
    header = numpy.lib.format.header_data_from_array_1_0(numpy.zeros(1)) | {{"shape": (10**10,)}}
    with zipfile.ZipFile(data, "w") as file:
        with file.open("x.npy", "w") as inner:
            numpy.lib.format.write_array_header_1_0(inner, header)
    return numpy.load(io.BytesIO(data.getvalue()))["x"]
tried("bomb", bomb)
""" + ZEROS,
    "frames up to the runner": TRIED + """
import sys
""" + HEAD + """
    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):
            if "expected" in name or "reference" in name or type(value).__name__ in ("Exercise", "Report"):
                print("expected GOT", name)
        frame = frame.f_back
    return query, key
""",
    "answers by the case": HEAD + """
    import sys
    case = next(f.f_locals["case"] for f in iter_frames(sys._getframe()) if "case" in f.f_locals)
    return {{"two queries, three keys": (value[:, :2], mask)}}.get(case.name, (value, case.seed))
def iter_frames(frame):
    while frame:
        yield frame
        frame = frame.f_back
""",
    "forged results in every descriptor": """
import json, os
from labkit.course.grade.wire.channel import write
leaf = {{"kind": "tensor", "dtype": "float32"}}
one = {{"results": {{"[0]": leaf, "[1]": leaf}}, "gradients": {{}}, "inputs": {{}}, "problem": None, "printed": ""}}
frame = write({{"id": "transformer.attend", "status": "ran", "reason": "", "outcomes": [one] * 12}}, [])
for descriptor in range(3, 64):
    try:
        os.write(descriptor, frame)
    except OSError:
        pass
""" + ZEROS,
    "a flood in every descriptor": """
import os
for descriptor in range(3, 64):
    try:
        for _ in range(50):
            os.write(descriptor, b"lab1" + b"\\xff" * 2_000_000)
    except OSError:
        pass
""" + ZEROS,
    "half a frame, and silence": """
import os, time
for descriptor in range(3, 64):
    try:
        os.write(descriptor, b"lab1\\x10\\x00\\x00\\x00\\x10\\x00")
    except OSError:
        pass
time.sleep(60)
""" + ZEROS,
    "all descriptors closed": "import os\nos.closerange(0, 64)\n" + ZEROS,
    "a stub that says it is one": HEAD + "    query.zero_()\n    raise NotImplementedError()",
}  # fmt: skip


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(SMALL) as made:
        yield made


@pytest.fixture
def around(tmp_path_factory: pytest.TempPathFactory) -> Surroundings:
    return Surroundings(tmp_path_factory.mktemp("grader"))


def attacked(worker: Worker, around: Surroundings, cell: str) -> Graded:
    """Grade it, and see that nothing is left of it and that the next submission gets its marks."""
    warm = worker.warm.process.pid
    text = cell.replace("{folder}", str(around.folder)).replace("{{", "{").replace("}}", "}")
    graded = grade(worker, task(IMPORTS, text, seconds=1.0))
    around.check(worker)
    assert warm == worker.warm.process.pid, "the warm process is another one"
    assert graded.seconds < SMALL.wall, "it delayed the others"
    assert "GOT" not in graded.said
    return graded


@pytest.mark.parametrize("name", ATTACKS)
def test_no_marks(worker: Worker, around: Surroundings, name: str):
    graded = attacked(worker, around, ATTACKS[name])
    assert graded.points == 0
    assert set(graded.attempts) == {"transformer.attend"}


def test_the_next_one_is_graded_as_if_nothing_had_been(worker: Worker):
    """With the same warm process as all the attacks above."""
    graded = grade(worker, task(IMPORTS, RIGHT))
    assert graded.points == graded.reports["transformer.attend"].exercise.points
