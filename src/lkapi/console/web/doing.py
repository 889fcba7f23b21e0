"""The forms of actions: shown with their code, sent, and their results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import lkapi
from lkapi.console.actions.reading import FormError
from lkapi.console.problems import Problem, describe_problem
from lkapi.console.web.view import View, local_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from lkapi.console.actions.action import Action, Done
    from lkapi.console.actions.shown import Shown

__all__ = ["preview", "send_form", "show_form"]


def _action(view: View) -> Action | None:
    action = view.frame.actions.get(view.request.path_params["name"])
    if action is not None and action.name.startswith("world.") and view.console.stage is None:
        return None
    return action


async def show_form(view: View) -> Response:
    """``GET /do/room.delete?room=demo``: the form, filled from the address."""
    action = _action(view)
    if action is None:
        return view.not_found("There is no such action.")
    given = dict(view.query)
    inputs = await action.inputs(view.console, None, given)
    start = {one.name: one.value for one in inputs}
    return await _draw(view, action, start, given)


async def _draw(
    view: View,
    action: Action,
    form: Mapping[str, str],
    given: Mapping[str, str],
    problem: Problem | None = None,
) -> Response:
    shown, missing = await _shown(view, action, form)
    errors: Mapping[str, str] = problem.fields if problem else {}
    inputs = await action.inputs(view.console, form, given)
    labels = {one.name: one.label for one in inputs}
    return view.render(
        "action_part.html" if view.by_htmx else "action.html",
        problem.status if problem else 200,
        action=action,
        inputs=inputs,
        errors=errors,
        problem=problem,
        shown=shown,
        missing={labels.get(name, name): why for name, why in missing.items()},
        ends=await action.ends(view.console, form),
        back=local_path(given.get("back", form.get("back", "/"))),
        title=action.title,
    )


async def _shown(
    view: View, action: Action, form: Mapping[str, str]
) -> tuple[tuple[Shown, ...], dict[str, str]]:
    try:
        return await action.shown(view.console, form), {}
    except FormError as error:
        return (), error.fields


async def preview(view: View) -> Response:
    """``POST /do/room.delete/shown``: the code for the current form. It changes nothing."""
    action = _action(view)
    if action is None:
        return view.not_found("There is no such action.")
    form = await view.form()
    shown, missing = await _shown(view, action, form)
    labels = {one.name: one.label for one in await action.inputs(view.console, form, {})}
    named = {labels.get(name, name): why for name, why in missing.items()}
    return view.render("shown.html", shown=shown, missing=named)


async def send_form(view: View) -> Response:
    """``POST /do/room.delete``: do it."""
    action = _action(view)
    if action is None:
        return view.not_found("There is no such action.")
    form = await view.form()
    try:
        done = await action.run(view.console, form)
    except FormError as error:
        count = len(error.fields)
        title = "One input cannot be used" if count == 1 else f"{count} inputs cannot be used"
        reason = error.fields.pop("", "")
        problem = Problem(
            title="Not possible" if reason else title,
            reason=reason,
            fields=error.fields,
            status=422,
        )
        return await _draw(view, action, form, form, problem)
    except lkapi.LiveKitError as error:
        problem = describe_problem(error, changes=True)
        return await _draw(view, action, form, form, problem)
    view.console.poller.expire(action.topics)
    return _answer(view, action, done, form)


def _answer(view: View, action: Action, done: Done, form: Mapping[str, str]) -> Response:
    back = local_path(form.get("back", "/"))
    if not view.by_htmx and done.result is None and not done.code:
        return view.redirect(back)
    values: dict[str, Any] = {"action": action, "done": done, "back": back, "title": action.title}
    response = view.render("done_part.html" if view.by_htmx else "done.html", **values)
    if view.by_htmx:
        stays = done.result is not None or bool(done.code)
        response.headers["hx-trigger"] = "lk-kept" if stays else "lk-done"
        response.headers["x-done"] = quote(done.text)
    return response
