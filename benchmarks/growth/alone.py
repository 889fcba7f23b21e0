"""Running one measurement in a fresh process, so that nothing else is in its memory.

``python -m benchmarks.growth.alone MODULE FUNCTION '{"keyword": 1}'`` prints the result as JSON.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def alone(function: Any, **keywords: Any) -> Any:
    """Call a function of a module here in a process of its own; plain data in and out."""
    command = [sys.executable, "-m", "benchmarks.growth.alone"]
    command += [function.__module__, function.__name__, json.dumps(keywords)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)


def resident_kb() -> int:
    """Memory of this process now, in KB, after the garbage collector has been through."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> None:
    module, function, keywords = sys.argv[1:]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    print(json.dumps(getattr(importlib.import_module(module), function)(**json.loads(keywords))))


if __name__ == "__main__":
    main()
