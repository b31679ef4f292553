"""Node, which runs the explorers' JavaScript without a page."""

import json
import shutil
import subprocess
from pathlib import Path

SHOW = Path(__file__).parents[3] / "labkit" / "show"
NODE = shutil.which("node")
MISSING = "NO NODE: install node to test the explorers' JavaScript"


def ask(module: str, expression: str, given: object) -> object:
    """What a JavaScript expression of module M ("attention/attention.js") and data D says."""
    code = (
        f"import {{ readFileSync }} from 'node:fs'; const M = await import({json.dumps(str(SHOW / module))});"
        f"const D = JSON.parse(readFileSync(0)); console.log(JSON.stringify({expression}));"
    )
    command = [NODE, "--input-type=module", "-e", code]
    run = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
