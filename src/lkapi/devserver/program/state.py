"""The state that the program starts with: from its snapshot file, or from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lkapi.devserver.program.autosave import Autosave
from lkapi.devserver.snapshots.files import read_snapshot
from lkapi.devserver.snapshots.values import Saved

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from lkapi.devserver.events.webhooks import Webhooks
    from lkapi.devserver.world import World

__all__ = ["fill_world", "keep_state", "queue_webhooks"]


def fill_world(options: argparse.Namespace, world: World) -> tuple[dict[str, Any] | None, str]:
    """Put the first state into a world; returns the snapshot that was read, and a line about it.

    A seed is for the first start: if there is a snapshot, it is not used again.

    Raises:
        SettingsError: a file cannot be used.
    """
    snapshot = read_snapshot(options.snapshot) if options.snapshot else None
    if snapshot is not None:
        world.restore(snapshot, where=options.snapshot)
        without = f"; {options.seed} is not used again" if options.seed else ""
        return snapshot, f"state of {options.snapshot}{without}"
    if not options.seed:
        return None, ""
    from lkapi.devserver.seeds.files import read_seed
    from lkapi.devserver.seeds.planting import plant

    counts = plant(world, read_seed(options.seed), where=options.seed)
    planted = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in counts.items())
    return None, f"{options.seed}: {planted or 'nothing in it'}"


def queue_webhooks(
    options: argparse.Namespace, snapshot: dict[str, Any] | None, webhooks: Webhooks
) -> None:
    """Queue the webhooks that the last run did not deliver.

    Raises:
        SnapshotError: this part of the snapshot is not valid.
    """
    if snapshot is not None and "webhooks" in snapshot:
        webhooks.load(Saved(snapshot["webhooks"], f"{options.snapshot}.webhooks"))


def keep_state(
    path: str, world: World, webhooks: Webhooks, complain: Callable[[str], None]
) -> Autosave:
    """The autosave that keeps the snapshot file up to date."""

    def take() -> dict[str, Any]:
        with world.lock:
            return {**world.snapshot(), "webhooks": webhooks.save()}

    return Autosave(path, take, complain)
