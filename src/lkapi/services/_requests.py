"""Builds the request of a service method from an object or from keywords, never from both.

Shared by both clients. ``shows_fields_of`` makes ``help()`` and editors list the keywords of each
method.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lkapi.errors.base import forget_frames

if TYPE_CHECKING:
    from lkapi.message import Message
    from lkapi.methods.info import MethodInfo, Req, Res

F = TypeVar("F", bound=Callable[..., Any])


def build_request(
    method: MethodInfo[Req, Res], request: object, fields: Mapping[str, object]
) -> Req:
    """The request of a call, from an object or from keywords.

    Args:
        method: the row of the method.
        request: the object that was given, or None.
        fields: the keywords that were given.

    Raises:
        TypeError: both were given, or neither where the request has a required field; or the
            object is of another type.
    """
    keywords: Any = fields
    try:  # what ``hides_locals`` does, at half the cost
        return _build(method, request, fields)
    except Exception as error:
        forget_frames(error)
        raise error  # noqa: TRY201 - a bare raise brings the frames back on Python 3.10
    finally:
        keywords.clear()  # so that no traceback shows what they hold


def _build(method: MethodInfo[Req, Res], request: object, fields: Mapping[str, object]) -> Req:
    old_name = method.old_keyword
    if old_name in fields and _is_message(fields[old_name], method.request):
        if request is not None or len(fields) > 1:
            raise TypeError(f"{method}: give one request object, or keywords, not both")
        request, fields = fields[old_name], {}
    if request is None:
        if not fields and not method.empty_ok:
            raise TypeError(
                f"{method}: give a {method.request.__name__}, or its fields as keywords"
            )
        return method.request(**fields)
    if fields:
        given = ", ".join(fields)
        raise TypeError(f"{method}: both a request object and keywords were given ({given})")
    return request if isinstance(request, method.request) else _converted(method.request, request)


def _converted(expected: type[Req], given: object) -> Req:
    """Accept the same message of livekit.protocol, by its bytes."""
    if _is_message(given, expected):
        return expected.from_bytes(cast("Any", given).SerializeToString())
    kind = type(given).__name__
    hint = "; give its fields as keywords" if kind in ("str", "dict") else ""
    raise TypeError(f"expected a {expected.__name__}, not {kind}{hint}")


def _is_message(value: object, expected: type[Message]) -> bool:
    """Whether a value is that message, ours or livekit.protocol's."""
    if isinstance(value, expected):
        return True
    descriptor: Any = getattr(value, "DESCRIPTOR", None)
    return getattr(descriptor, "full_name", "") == expected.__proto__


def with_second_name(request: Req, name: str, alias: str, value: object) -> Req:
    """The request with a field as given under its second name; None and empty text leave it.

    Raises:
        ValueError: the request has another value under the first name.
    """
    if value is None or value == "":
        return request
    changed = request.copy(**{name: value})
    if getattr(request, name) not in (None, "", getattr(changed, name)):
        raise ValueError(
            f"{alias} and {name} are two names for the same field and have "
            "different values: give only one"
        )
    return changed


class _FieldSignature(inspect.Signature):
    """A signature that looks up a request's fields when it is read."""

    __slots__ = ("_fields_of", "_outline")

    def __init__(self, outline: inspect.Signature, request: type[Message]) -> None:
        super().__init__(
            list(outline.parameters.values()), return_annotation=outline.return_annotation
        )
        self._outline = outline
        self._fields_of = request

    @property
    def parameters(self) -> Any:
        """The parameters, with the request's fields in place of ``**fields``."""
        own = [p for p in self._outline.parameters.values() if p.kind is not p.VAR_KEYWORD]
        taken = {parameter.name for parameter in own}
        fields = inspect.signature(self._fields_of).parameters.values()
        every = [*own, *(field for field in fields if field.name not in taken)]
        return inspect.Signature(every).parameters

    def replace(self, **changes: Any) -> Any:
        """An ordinary signature with changes, as the base class has it."""
        every = list(self.parameters.values())
        return inspect.Signature(every, return_annotation=self.return_annotation).replace(**changes)


def shows_fields_of(request: type[Message]) -> Callable[[F], F]:
    """Show a request's fields in the signature of a method with ``**fields``."""

    def decorate(function: F) -> F:
        signature = _FieldSignature(inspect.signature(function), request)
        cast("Any", function).__signature__ = signature
        return function

    return decorate


def next_by_token(request: Req, response: Message) -> Req | None:
    """The request for the page after this response, where pages are linked by a token."""
    token: Any = getattr(response, "next_page_token", None)
    if not _token_text(token) or _token_text(token) == _token_text(
        getattr(request, "page_token", None)
    ):
        return None
    return request.copy(page_token=token)


def _token_text(token: Any) -> str:
    """A page token is a text in some lists and a message around one in most."""
    return str(getattr(token, "token", token) or "")


def next_by_id(request: Req, last_id: str) -> Req | None:
    """The request for the page after an id; None at the end, or if no page size was requested.

    Without ``page`` the server gives everything at once.
    """
    page: Any = getattr(request, "page", None)
    if page is None or not last_id or page.after_id == last_id:
        return None
    return request.copy(page=page.copy(after_id=last_id))
