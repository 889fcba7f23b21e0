"""First stage: compile the proto files to a descriptor set."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["compile_protos"]


def compile_protos(folder: Path) -> bytes:
    """The serialized FileDescriptorSet of a folder, with comments and everything imported."""
    protoc: Any = importlib.import_module("grpc_tools.protoc")  # it has no types
    own = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.proto"))
    google = Path(protoc.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch, "set.binpb")
        failed = protoc.main(
            [
                "protoc",
                f"-I{folder}",
                f"-I{google}",
                "--include_imports",
                "--include_source_info",
                f"--descriptor_set_out={target}",
                *own,
            ]
        )
        if failed:
            raise SystemExit(f"protoc refused the files of {folder}")
        return target.read_bytes()
