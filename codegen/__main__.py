"""``python -m codegen`` writes what is generated; ``--check`` compares it and finds orphans."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from codegen import output, reference, sync_twins
from codegen.exports import render_exports
from codegen.load import compile_protos
from codegen.names import Names
from codegen.render import render_module
from codegen.schema import read_schema
from codegen.sensitive import render_sensitive
from lkapi.message.proto_modules import MODULES

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
PROTOCOL = SOURCE / "lkapi" / "protocol"
HAND_WRITTEN = frozenset({PROTOCOL / "__init__.py", PROTOCOL / "agent_pb" / "__init__.py"})


def generate() -> dict[Path, bytes]:
    """Every generated file with its content."""
    schema = read_schema(compile_protos(ROOT / "protobufs"))
    names = Names(schema)
    out: dict[Path, bytes] = {}
    modules: dict[str, str] = {}
    for file in schema.files:
        path = SOURCE / (MODULES[file.name].replace(".", "/") + ".py")
        modules[path.stem] = render_module(file, names)
        out[path] = modules[path.stem].encode()
    out[SOURCE / "lkapi/_exports.py"] = render_exports(modules).encode()
    out[PROTOCOL / "schema.binpb"] = schema.shipped
    out[SOURCE / "lkapi/auth/_sensitive_fields.py"] = render_sensitive(schema).encode()
    return out


def differences(files: dict[Path, bytes]) -> list[str]:
    """What on disk is not what would be generated."""
    present = {p for p in PROTOCOL.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    return output.compare(files, present - HAND_WRITTEN, ROOT)


def main() -> int:
    """Run the command; 1 if ``--check`` finds something."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    files = generate()
    if not check:
        output.write(files)
        print(f"{len(files)} files written")
    problems = differences(files)
    for problem in problems:
        print(problem, file=sys.stderr)
    return max(sync_twins.main(check), reference.main(check), 1 if problems else 0)


if __name__ == "__main__":
    raise SystemExit(main())
