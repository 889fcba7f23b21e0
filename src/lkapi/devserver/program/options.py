"""The options of the program."""

from __future__ import annotations

import argparse
from typing import Any, Final

from lkapi._words import nearest

__all__ = ["PORT", "TEST_SERVER_PORTS", "make_parser"]

PORT: Final = 7880
TEST_SERVER_PORTS: Final = (9999, 10000, 10001, 10002)
"""The ports of the official test server, one for each region."""
_MAX_PORT: Final = 65535
_EXAMPLES: Final = """\
examples:
  %(prog)s
  %(prog)s --seed rooms.json --webhook http://127.0.0.1:3000/livekit/webhook
  %(prog)s --port 0 --env-file .env.livekit --snapshot world.json
  %(prog)s --test-server
"""


class _Parser(argparse.ArgumentParser):
    def parse_args(self, *given: Any, **named: Any) -> Any:
        """Suggest an option for the first one that does not exist; argparse does not do that."""
        found, unknown = self.parse_known_args(*given, **named)
        if unknown:
            hint = nearest(unknown[0].partition("=")[0], self._option_string_actions)
            self.error(
                f"unrecognized arguments: {' '.join(unknown)}{hint}\n"
                f"`{self.prog} --help` shows all options"
            )
        return found


def make_parser(program: str, *, console: bool = False) -> argparse.ArgumentParser:
    """The parser of the program's arguments.

    Args:
        program: its name on the command line.
        console: whether the program can serve a console.
    """
    parser = _Parser(
        prog=program,
        description="A LiveKit server for development and tests: server APIs only, no media.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_address(parser)
    _add_server(parser)
    _add_state(parser)
    _add_output(parser)
    if console:
        _add_console(parser)
    parser.set_defaults(console=console, **({} if console else {"console_port": None}))
    return parser


def _add_address(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("address").add_argument
    port = "port to listen on, 0 for any free one (7880); several, with commas, are regions"
    add("--port", type=_ports, metavar="PORT", help=port)
    add(
        "--bind",
        type=_text,
        default="127.0.0.1",
        metavar="HOST",
        help="address to listen on (127.0.0.1)",
    )
    advertise = "what /settings/regions puts before ports"
    add("--advertise", default="", metavar="URL", help=advertise)
    add("--tls", action="store_true", help="https with a certificate made at the start")
    add("--tls-cert", type=_text, metavar="FILE", help="https with this certificate, a PEM file")
    add("--tls-key", type=_text, metavar="FILE", help="the certificate's key, a PEM file")


def _add_server(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("server").add_argument
    add("--api-key", type=_text, metavar="KEY", help="API key (devkey)")
    add("--api-secret", type=_text, metavar="SECRET", help="its secret (secret)")
    add("--profile", choices=["cloud", "self-hosted"], help="which server to be like (cloud)")
    add(
        "--config",
        type=_text,
        metavar="FILE",
        help="JSON file of further settings: keys, presets, redis …",
    )
    test_server = "be the stateless official test server instead, on ports 9999 to 10002"
    add("--test-server", "--mock", action="store_true", dest="test_server", help=test_server)
    add("--real-waits", action="store_true", help="wait as long as the real server does")
    hook = "send webhooks there; may be given several times"
    add("--webhook", action="append", default=[], metavar="URL", help=hook)
    add(
        "--webhook-api-key",
        type=_text,
        metavar="KEY",
        help="API key that signs them (the first one)",
    )


def _add_state(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("state").add_argument
    add(
        "--seed",
        type=_text,
        metavar="FILE",
        help="JSON or YAML file of rooms, participants, trunks …",
    )
    add("--snapshot", type=_text, metavar="FILE", help="keep the state over restarts in this file")


def _add_output(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("output").add_argument
    env_file = "write LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET to this file"
    add("--env-file", type=_text, metavar="FILE", help=env_file)
    log = "a line of text for each happening, or one JSON object"
    add("--log", choices=["text", "json"], default="text", help=log)
    add("--quiet", action="store_true", help="say only where the server is")


def _add_console(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("console").add_argument
    port = "port of the web console, 0 for any free one (7890, or a free one where that is taken)"
    add("--console-port", type=_port, metavar="PORT", help=port)
    add("--no-console", action="store_false", dest="console", help="serve no web console")


def _text(text: str) -> str:
    """Refuse an empty value, which can come from an unset shell variable."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty: give a value, or leave it out")
    return text


def _port(text: str) -> int:
    ports = _ports(text)
    if len(ports) != 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not one port: the console has only one")
    return ports[0]


def _ports(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and int(part) <= _MAX_PORT for part in parts):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a port: write a number from 0 to {_MAX_PORT}"
        )
    return tuple(int(part) for part in parts)
