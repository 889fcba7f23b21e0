"""The public surface of lkapi as text: names, signatures and defaults, one file for each module.

``scripts/surface`` writes tests/surface; tests/surface/test_surface.py compares. It is read from
the source by griffe, so that it is the same on every Python, and nothing is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import griffe

from codegen.signatures import parameters

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests/surface"
PLUGIN = "pytest_lkapi"
FRAMEWORKS = ("aiohttp", "django", "fastapi", "flask", "starlette")
PUBLIC = (
    "lkapi",
    "lkapi.alias",
    "lkapi.analytics",
    "lkapi.auth",
    "lkapi.bulk",
    "lkapi.console",
    "lkapi.constants",
    "lkapi.devserver",
    "lkapi.errors",
    "lkapi.message",
    "lkapi.methods",
    "lkapi.otel",
    "lkapi.recording",
    "lkapi.sip_values",
    "lkapi.sync",
    "lkapi.testing",
    "lkapi.transports",
    "lkapi.web",
    *(f"lkapi.web.{name}" for name in FRAMEWORKS),
    "lkapi.webhook",
    PLUGIN,
)
"""The public modules; those of lkapi.protocol come on top, and the services of the client."""
SPECIAL = {
    *("__init__", "__call__", "__len__", "__bool__", "__contains__", "__getitem__", "__await__"),
    *("__iter__", "__next__", "__aiter__", "__anext__"),
    *("__enter__", "__exit__", "__aenter__", "__aexit__"),
}
MESSAGE = "lkapi.message.base.Message"
LONGEST_LINE = 100
LONGEST_VALUE = 1000
Object: TypeAlias = "griffe.Object | griffe.Alias"


def surface() -> dict[str, str]:
    """The text of each file, by its name."""
    loader = griffe.GriffeLoader(search_paths=[ROOT / "src"], allow_inspection=False)
    package = loader.load("lkapi")
    loader.load(PLUGIN)
    loader.resolve_aliases(implicit=True, external=False)
    found = Surface(loader.modules_collection, list(package["protocol"].modules))
    return {f"{name}.txt": text for name, text in found.texts()}


class Surface:
    """What the public modules show, each thing described once."""

    def __init__(self, modules: griffe.ModulesCollection, protocol: list[str]) -> None:
        self._modules = modules
        self._public = [*PUBLIC, *(f"lkapi.protocol.{name}" for name in sorted(protocol))]
        self._described: dict[str, str] = {}
        self._find_homes()

    def texts(self) -> Iterator[tuple[str, str]]:
        """Name and text of each module, and of the services."""
        for name in self._public:
            lines = [line for shown in self._shown(name) for line in self._item(name, *shown)]
            if lines:
                yield name, "\n".join(lines) + "\n"
        services = [line for cls in self._services() for line in self._class(cls.name, cls, 0)]
        yield "services", "\n".join(services) + "\n"

    def _find_homes(self) -> None:
        """Where each thing is described: the most particular public module that shows it."""
        for name in sorted(self._public, key=lambda name: (-name.count("."), name)):
            for _, member in self._shown(name):
                self._described.setdefault(member.canonical_path, name)

    def _shown(self, name: str) -> Iterator[tuple[str, Object]]:
        """The public names of a module with what they are."""
        module = self._modules[name]
        names = module.exports
        if name == PLUGIN:
            names = [each for each, found in module.functions.items() if _is_fixture(found)]
        elif name == "lkapi":
            names = [each for each in module.members if self._of_top(each, module.members[each])]
        for each in sorted(map(str, names or ())):
            member = module.members[each]
            if member.is_module and each in module.imports:  # a function that is called as its file
                member = self._modules[str(module.imports[each])]
            yield each, member.final_target if isinstance(member, griffe.Alias) else member

    def _of_top(self, name: str, member: Object) -> bool:
        """Whether the stub of lkapi shows a name: its own tables and helpers are no part of it."""
        if isinstance(member, griffe.Alias):
            ours = member.target_path.startswith("lkapi.")
            return ours and (name == "__version__" or not name.startswith("_"))
        return f"lkapi.{name}" in PUBLIC or name == "protocol"

    def _services(self) -> list[griffe.Class]:
        """The classes of ``api.room``, ``api.sip`` and so on; those of the sync client follow."""
        client = self._modules["lkapi.client.LiveKitAPI"]
        names = [str(m.annotation) for m in client.members.values() if "cached" in m.labels]
        home = self._modules["lkapi.client"]
        found = [home.members[name].final_target for name in names]
        return sorted(found, key=lambda cls: cls.name)

    def _item(self, module: str, name: str, member: Object) -> Iterator[str]:
        if member.is_module:
            yield f"{name}: module"
        elif self._described[member.canonical_path] != module:
            yield f"{name} = {self._described[member.canonical_path]}.{member.name}"
        elif member.is_class:
            yield from self._class(name, member, 0)
        else:
            yield from self._member(name, member, 0)

    def _class(self, name: str, cls: Object, depth: int) -> Iterator[str]:
        indent = "    " * depth
        bases = f"({', '.join(map(str, cls.bases))})" if cls.bases else ""
        yield f"{indent}class {name}{bases}"
        for each, member in self._members(cls):
            yield from self._member(each, member, depth + 1)

    def _members(self, cls: Object) -> list[tuple[str, Object]]:
        """Public members; inherited ones too, unless their class is described elsewhere."""
        found = dict(cls.members)
        lineage = cls.mro()
        described = [base for base in lineage if base.canonical_path in self._described]
        known = {above.path for base in described for above in [base, *base.mro()]}
        for base in lineage:
            if base.path not in known and base.path.startswith("lkapi."):
                found = dict(base.members) | found
        is_message = any(base.canonical_path == MESSAGE for base in lineage)
        special = SPECIAL - {"__init__"} if is_message else SPECIAL
        wanted = {n: m for n, m in found.items() if not n.startswith("_") or n in special}
        return sorted(wanted.items()) if not _is_enum(cls) else list(wanted.items())

    def _member(self, name: str, member: Object, depth: int) -> Iterator[str]:
        indent = "    " * depth
        if isinstance(member, griffe.Alias):
            member = member.final_target
        if member.is_class:
            yield from self._class(name, member, depth)
        elif member.is_function:
            for function in member.overloads or [member]:
                yield from _function(name, function, indent)
        elif member.is_attribute:
            yield f"{indent}{_attribute(name, member)}"


def _is_enum(cls: Object) -> bool:
    return any(str(base).endswith("Enum") for base in cls.bases)


def _is_fixture(function: griffe.Function) -> bool:
    return any(str(decorator.value).endswith("fixture") for decorator in function.decorators)


def _function(name: str, function: griffe.Function, indent: str) -> Iterator[str]:
    """One line, or one for each parameter."""
    kinds = [
        label for label in ("classmethod", "staticmethod", "async") if label in function.labels
    ]
    kinds += ["fixture"] if _is_fixture(function) else []
    start = " ".join([*kinds, "def"])
    deprecated = [
        str(d.value) for d in function.decorators if str(d.value).startswith("deprecated")
    ]
    yield from (f"{indent}@{text}" for text in deprecated)
    line = f"{indent}{start} {function.signature(name=name)}"
    if len(line) <= LONGEST_LINE:
        yield line
        return
    returns = f" -> {function.returns}" if function.returns is not None else ""
    yield f"{indent}{start} {name}("
    for parameter in parameters(function):
        yield f"{indent}    {parameter}"
    yield f"{indent}){returns}"


def _attribute(name: str, attribute: griffe.Attribute) -> str:
    text = f"property {name}" if "property" in attribute.labels else name
    if attribute.annotation is not None:
        text += f": {attribute.annotation}"
    value = "" if attribute.value is None or name == "__version__" else str(attribute.value)
    of_instances = attribute.labels & {"instance-attribute", "class-attribute"} == {
        "instance-attribute"
    }
    return f"{text} = {value}" if 0 < len(value) <= LONGEST_VALUE and not of_instances else text


def main() -> None:
    """Write the files, and delete those of modules that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    texts = surface()
    for old in FOLDER.glob("*.txt"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
