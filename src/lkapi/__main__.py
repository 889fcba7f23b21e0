"""``python -m lkapi``: the same as the command ``lkapi``; alone, a report for bug reports."""

from __future__ import annotations

import sys

from lkapi.cli import main


def _run() -> int:
    if len(sys.argv) > 1:
        return main()
    from lkapi.cli.doctor.environment import environment_text

    sys.stdout.write(environment_text())
    sys.stdout.write(
        "\nThe same as `lkapi doctor --offline`; `python -m lkapi --help` lists commands.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(_run())
