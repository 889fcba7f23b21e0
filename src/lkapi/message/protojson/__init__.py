"""ProtoJSON, the JSON form of messages: ``text``, ``reading``, ``writing``, their ``values``.

https://protobuf.dev/programming-guides/json/ is the specification.
"""

from __future__ import annotations

from lkapi.message.protojson.reading import read_object
from lkapi.message.protojson.text import dump_json, parse_json
from lkapi.message.protojson.writing import write_object

__all__ = ["dump_json", "parse_json", "read_object", "write_object"]
