"""Signed tokens in compact form, HS256 and nothing else (RFC 7515, RFC 7518 section 3.2).

Uses ``hmac`` alone, since LiveKit has one algorithm. A general JWT library takes three times as
long to sign and to load, and accepts tokens that must be refused (padded segments).
"""

from __future__ import annotations

import json
import re
from binascii import Error as Base64Error, a2b_base64, b2a_base64
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, cast

from lkapi._json import decode_json
from lkapi.errors import InvalidTokenError, TokenError

_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_TO_URL_ALPHABET: Final = bytes.maketrans(b"+/", b"-_")
_MAX_DEPTH: Final = 100
_write_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


def _encode(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL_ALPHABET)


_HEADER: Final = _encode(b'{"alg":"HS256","typ":"JWT"}')
_HEADER_TEXT: Final = _HEADER.decode()


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """The parts of a token whose signature is not checked yet."""

    payload: dict[str, Any]
    signed: str
    """The text that the signature covers."""
    signature: str = field(repr=False)

    def is_signed_with(self, secret: str) -> bool:
        """Whether this secret made the signature, compared in constant time.

        The base64 texts are compared, so that the unused bits at the end of a signature cannot
        differ.
        """
        import hmac

        expected = _signature(self.signed.encode(), secret)
        return hmac.compare_digest(expected, self.signature.encode())


def _signature(signed: bytes, secret: str) -> bytes:
    import hmac  # with OpenSSL: for the first token, and not for the import of lkapi

    return _encode(hmac.digest(secret.encode(), signed, "sha256"))


def sign(payload: dict[str, Any], secret: str) -> str:
    """Write and sign a token.

    Raises:
        TokenError: if a claim cannot be written as JSON or as UTF-8.
    """
    try:
        text = _write_json(payload).encode()
    except UnicodeEncodeError:
        raise TokenError("a claim holds half of a surrogate pair: remove it") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise TokenError(f"a claim cannot be written as JSON: {error}") from None
    signed = _HEADER + b"." + _encode(text)
    return (signed + b"." + _signature(signed, secret)).decode()


def split(token: str, *, any_algorithm: bool = False) -> UnverifiedToken:
    """Split a token without checking its signature; ``any_algorithm`` accepts any header.

    Raises:
        InvalidTokenError: unless it has three unpadded base64url segments, ``alg`` HS256, no
            ``crit``, and a JSON object in UTF-8 as payload.
    """
    found = _COMPACT.fullmatch(token)
    if found is None:
        raise InvalidTokenError(_wrong_form(token))
    header, payload, signature = found.groups()
    if header != _HEADER_TEXT:
        fields = _read_object(header, "header")
        if not any_algorithm:
            _check_header(fields)
    return UnverifiedToken(_read_object(payload, "payload"), f"{header}.{payload}", signature)


def _wrong_form(token: str) -> str:
    if not token.strip():
        return "the token is empty"
    if token[:7].lower() == "bearer ":
        return "the token starts with the word 'Bearer': pass only what follows it"
    if token != token.strip():
        return "there is white space around the token"
    if token.count(".") != 2:
        return f"a token has three segments, this one has {token.count('.') + 1}"
    return "the token's segments are not unpadded base64url"


def _check_header(header: dict[str, Any]) -> None:
    if header.get("alg") != "HS256":
        raise InvalidTokenError(
            "the token is not signed with HS256, the only algorithm that LiveKit uses"
        )
    if "crit" in header:
        raise InvalidTokenError(
            "the token requires an extension that lkapi does not support (crit)"
        )


def _read_object(segment: str, name: str) -> dict[str, Any]:
    try:
        standard = segment.replace("-", "+").replace("_", "/")
        padded = standard + "=" * (-len(segment) % 4)
        text = a2b_base64(padded).decode()
        value: object = decode_json(_DECODER, text, max_depth=_MAX_DEPTH)
    except (Base64Error, UnicodeDecodeError):
        raise InvalidTokenError(f"the token's {name} is not UTF-8 in base64url") from None
    except (ValueError, RecursionError):
        raise InvalidTokenError(f"the token's {name} is not JSON") from None
    if not isinstance(value, dict):
        raise InvalidTokenError(f"the token's {name} is not a JSON object")
    return cast("dict[str, Any]", value)
