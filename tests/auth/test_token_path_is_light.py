"""What minting a token may load."""

from __future__ import annotations

from tests.fresh_interpreter import loaded_by

MINT = """
from lkapi.auth import AccessToken, TokenVerifier, VideoGrants
config = {"agents": [{"agent_name": "helper"}]}
token = AccessToken("key", "secret", identity="ann", room_config=config)
TokenVerifier("key", "secret")
token.with_grants(VideoGrants(room_join=True, room="demo")).to_jwt()
"""


def test_minting_loads_neither_messages_nor_http() -> None:
    """A token is minted, its configuration a dict, without protobuf, JWT or HTTP library."""
    loaded = loaded_by(MINT)
    assert not loaded & {"google.protobuf", "jwt", "httpx", "httpx2", "aiohttp", "http"}
    assert not loaded & {"asyncio", "attr", "ssl", "socket", "email.utils", "difflib"}
    assert "typing_extensions" not in loaded
    assert not {name for name in loaded if name.startswith(("lkapi.protocol", "lkapi.message"))}
