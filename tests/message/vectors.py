"""Reading the recorded codec vectors, and comparing JSON as they ask for."""

from __future__ import annotations

import functools
import json
import struct
import sys
from pathlib import Path

from lkapi.message.pool import find_message, python_class

FOLDER = Path(__file__).parent.parent / "vectors" / "protojson"
LARGEST_FLOAT = 3.4028234663852886e38


def class_of(name):
    """The class of a full message name."""
    return python_class(find_message(name))


def say(text):
    """Put a count into the output of the tests."""
    sys.stdout.write(f"{text}\n")


@functools.cache
def instances():
    """Every instance of every file."""
    files = sorted(p for p in FOLDER.rglob("*.json") if "tolerance" not in p.name)
    return [vector for file in files for vector in json.loads(file.read_text())["vectors"]]


def cases(name):
    """The decode cases of one file."""
    return json.loads((FOLDER / f"{name}.json").read_text())["cases"]


def as_float32(number):
    return struct.pack("<f", max(-LARGEST_FLOAT, min(LARGEST_FLOAT, number)))


def same(one, other):
    """Equal as JSON: numbers by value, the largest floats after rounding to 32 bits."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or (abs(one) > 1e38 and as_float32(one) == as_float32(other))
    return one == other


def read_everything(message):
    """Read each field of a message and of all that is in it; gives the number of reads."""
    count = 0
    for name in type(message).__layout__.fields:
        value = getattr(message, name)
        count += 1
        inner = value.values() if isinstance(value, dict) else value
        for item in inner if isinstance(value, list | dict) else [value]:
            if hasattr(type(item), "__layout__"):
                count += read_everything(item)
    return count
