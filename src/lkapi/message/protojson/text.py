"""JSON text to Python objects and back, stricter and more exact than ``json`` alone.

Numbers with a fraction are read as Decimal; duplicate members, NaN and the infinities are refused.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from lkapi._json import decode_json
from lkapi.errors import DecodeError
from lkapi.message.protojson.values import JSONValueError

__all__ = ["dump_json", "parse_json"]


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JSONValueError("a member is given twice")
    return found


def _refuse_constant(name: str) -> float:
    raise JSONValueError(f"{name} is not JSON")


def _keep_minus_zero(text: str) -> int | float:
    return -0.0 if text == "-0" else int(text)


_MAX_DEPTH: Final = 10_000
"""The limit of Go, which LiveKit's server is written in; Python 3.10 and 3.11 have a lower one."""
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_float=Decimal, parse_constant=_refuse_constant
)
_MINUS_ZERO_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_float=Decimal,
    parse_int=_keep_minus_zero,
    parse_constant=_refuse_constant,
)


def parse_json(text: str | bytes | bytearray) -> Any:
    """Python objects of a JSON text; DecodeError if it is not strict JSON in UTF-8."""
    try:
        if not isinstance(text, str):
            text = text.decode("utf-8")
        decoder = _MINUS_ZERO_DECODER if "-" in text and "-0" in text else _DECODER
        return decode_json(decoder, text, max_depth=_MAX_DEPTH)
    except UnicodeDecodeError:
        raise DecodeError("the text is not UTF-8") from None
    except RecursionError:
        raise DecodeError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise DecodeError(f"the text is not JSON: {error}") from None


def dump_json(value: Any) -> str:
    """Compact JSON text, non-ASCII characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
