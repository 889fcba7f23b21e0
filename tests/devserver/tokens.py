"""Tokens as a recorder made them: good ones, and each way to be bad."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

KEYS = {
    "devkey": "secretsecretsecretsecretsecretsecret",
    "otherkey": "othersecretothersecretothersecret00",
}
HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def mint(claims: object, secret: str = KEYS["devkey"], **header: Any) -> str:
    """Sign claims; a header value of None leaves that entry out."""
    full = {"alg": "HS256", "typ": "JWT", **header}
    head = {name: value for name, value in full.items() if value is not None}
    signed = f"{segment(head)}.{segment(claims)}"
    hash_ = HASHES.get(str(head.get("alg")), hashlib.sha256)
    return f"{signed}.{segment(hmac.new(secret.encode(), signed.encode(), hash_).digest())}"


def mint_for(claims: dict[str, Any]) -> str:
    return mint(claims, KEYS.get(claims.get("iss", ""), KEYS["devkey"]))


def video(now: float, sub: str = "me", key: str = "devkey", **grants: Any) -> str:
    """A good token with video grants, of ten minutes."""
    claims = {"iss": key, "sub": sub, "nbf": int(now) - 5, "exp": int(now) + 600, "video": grants}
    return mint(claims, KEYS[key])


def recorded_header(words: str, claims: Any, answer: str) -> str | None:
    """The Authorization header that a recording describes in words; None for none at all."""
    good = mint_for(claims) if claims else ""
    cut = good.rpartition(".")[0]
    plain = {
        "": f"Bearer {good}" if good else None,
        "none": None,
        "header present, empty": "",
        "'Bearer ' with empty token": "Bearer ",
        "'Bearer' without space": "Bearer",
        "'bearer <good token>'": f"bearer {good}",
        "'BEARER <good token>'": f"BEARER {good}",
        "'<good token>' alone": good,
        "'Bearer  <good token>'": f"Bearer  {good}",
        "'Bearer <good token> '": f"Bearer {good} ",
        "Basic devkey:secret": "Basic ZGV2a2V5OnNlY3JldA==",
        "signed with the empty secret": f"Bearer {mint(claims, '')}",
        "iss not a key of the server": f"Bearer {mint(claims)}",
        "iss DEVKEY": f"Bearer {mint(claims)}",
        "no iss claim": f"Bearer {mint(claims)}",
        "iss otherkey, signed with devkey's secret": f"Bearer {mint(claims)}",
        "iss otherkey, signed with otherkey's secret": f"Bearer {mint(claims, KEYS['otherkey'])}",
        "header.payload. with empty signature": f"Bearer {cut}.",
        "signature with '=' padding": f"Bearer {good}=",
        "alg none": f"Bearer {mint(claims, alg='none').rpartition('.')[0]}.",
        "alg nOnE": f"Bearer {mint(claims, alg='nOnE').rpartition('.')[0]}.",
        "HS384, right secret": f"Bearer {mint(claims, alg='HS384')}",
        "HS512, right secret": f"Bearer {mint(claims, alg='HS512')}",
        "RS256 header": f"Bearer {mint(claims, alg='RS256').rpartition('.')[0]}.",
        "header without typ": f"Bearer {mint(claims, typ=None)}",
        "header with kid": f"Bearer {mint(claims, kid='k1')}",
        "no header; ?access_token=<good token>": None,
        "bad header wins over ?access_token": "Bearer bad",
    }
    if words in plain:
        return plain[words]
    if words in ("signed with another secret", "last character of the signature changed"):
        shown = re.search(r"eyJ[\w-]+\.[\w-]+\.[\w-]*", answer)
        assert shown is not None
        return f"Bearer {shown.group()}"
    assert words.startswith("Bearer "), words
    return words
