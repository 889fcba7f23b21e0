"""How valid parts of a request are spoiled: bytes, JSON values, texts, header values, paths."""

from __future__ import annotations

import json
import random
from typing import Any

__all__ = ["mutate_bytes", "mutate_json", "mutate_text", "odd_json_text", "odd_text", "odd_value"]

ODD_TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "\u0000a",
        "\r\n",
        "\ud800",
        "é",
        "\U0001d518" * 9,
        "²",
        "٣",
        "../..",
        "%2e%2e",
        "%",
    ),
    *("null", "true", "NaN", "-0", "1e999", "0x10", "{}", "[]", '"', "\\", "'", "<script>", "${x}"),
    *("sip:", "sip:a@b;transport=tcp", "tel:", "<tel:+1>", "<", "+", "+14155550100", "*", "{", "}"),
    *("{room_name}-{time}", "{utc}", "%s", "%d", "https://[::1", "http://a:b", "rtmp://", "://"),
    *("ann", "demo", "caller", "x" * 257, "y" * 70_000, "a,b", "\t", "Bearer ", "=", "====", "_-"),
)
ODD_NUMBERS = (
    *(0, 1, -1, 2, 3, 255, 256, 2**31 - 1, 2**31, -(2**31), 2**32 - 1, 2**53, 2**63 - 1, 2**63),
    *(-(2**63), 2**64 - 1, 2**64, 10**30, 0.5, -0.0, 1e308, 1e-308, 3.7e38, 1.5),
)
TIMES = ("0s", "-1s", "1.000000001s", "315576000000s", "1s2", "2026-01-02T03:04:05Z", "9999999999s")


def odd_text(rng: random.Random) -> str:
    """A text that somebody may not have thought of."""
    if rng.random() < 0.8:
        return rng.choice(ODD_TEXTS)
    return "".join(chr(rng.choice((rng.randrange(128), rng.randrange(0xD7FF)))) for _ in range(6))


def odd_value(rng: random.Random, depth: int = 0) -> Any:
    """A JSON value of any kind."""
    kind = rng.randrange(10 if depth < 4 else 7)
    if kind < 3:
        return odd_text(rng)
    if kind < 5:
        return rng.choice(ODD_NUMBERS)
    if kind == 5:
        return rng.choice((None, True, False))
    if kind == 6:
        return rng.choice(TIMES)
    if kind < 9:
        return [odd_value(rng, depth + 1) for _ in range(rng.randrange(3))]
    return {odd_text(rng): odd_value(rng, depth + 1) for _ in range(rng.randrange(3))}


def mutate_json(rng: random.Random, value: Any) -> Any:
    """The value with one place in it changed."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        changed = dict(value)
        name = rng.choice(list(changed))
        action = rng.randrange(8)
        if action == 0:
            del changed[name]
        elif action == 1:
            changed[odd_text(rng)] = odd_value(rng)
        elif action == 2:
            changed[name.swapcase()] = changed.pop(name)
        else:
            changed[name] = mutate_json(rng, changed[name])
        return changed
    if isinstance(value, list) and value and rng.random() < 0.7:
        place = rng.randrange(len(value))
        return [*value[:place], mutate_json(rng, value[place]), *value[place:]]
    if isinstance(value, str) and rng.random() < 0.3:
        return mutate_text(rng, value)
    return odd_value(rng)


def odd_json_text(rng: random.Random, body: Any) -> bytes:
    """JSON that is none, or that parsers treat in different ways."""
    text = json.dumps(body)
    kind = rng.randrange(9)
    if kind == 0:
        depth = rng.choice((50, 99, 101, 1000, 100_000))
        return b'{"a":' + rng.choice((b"[", b'{"a":')) * depth
    if kind == 1:
        return f'{{"name":"a","name":{text}}}'.encode()
    if kind == 2:
        return (text + rng.choice((text, ",", "\x00", "  \n", "]"))).encode()
    if kind == 3:
        return rng.choice(
            (b"", b"null", b"[]", b"1", b'"a"', b"NaN", b"{", b"\xef\xbb\xbf{}", b"\xff")
        )
    if kind == 4:
        return text.encode(rng.choice(("utf-16", "utf-32", "utf-8-sig")))
    if kind == 5:
        return text.replace('"', "'").encode()
    if kind == 6:
        return text.replace(
            ":", f":{rng.choice(('NaN', 'Infinity', '1e999', '00', '+1', '.5'))}", 1
        ).encode()
    if kind == 7:
        return b'{"room":"' + b"x" * rng.choice((10, 100_000)) + b'"}'
    return mutate_bytes(rng, text.encode())


def mutate_text(rng: random.Random, text: str) -> str:
    """The text with a few characters changed."""
    place = rng.randrange(len(text) + 1)
    return rng.choice(
        (
            text[:place] + odd_text(rng) + text[place:],
            text[:place],
            text[place:],
            text.upper(),
            text + text,
            text[::-1],
        )
    )


def mutate_bytes(rng: random.Random, data: bytes) -> bytes:
    """The bytes with some flipped, added, lost or doubled."""
    spoiled = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(spoiled) + 1)
        action = rng.randrange(5)
        if action == 0 and place < len(spoiled):
            spoiled[place] ^= 1 << rng.randrange(8)
        elif action == 1:
            spoiled[place:place] = rng.randbytes(rng.randrange(1, 5))
        elif action == 2:
            del spoiled[place : place + rng.randrange(1, 5)]
        elif action == 3:
            spoiled[place:place] = spoiled[place : place + 8]
        elif place < len(spoiled):
            spoiled[place] = rng.choice((0, 0x7F, 0x80, 0xFF))
    return bytes(spoiled)
