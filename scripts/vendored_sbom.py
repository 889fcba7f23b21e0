"""The SBOM of what the wheel contains besides lkapi: sboms/vendored.cdx.json, from VENDORED.json.

``scripts/build`` compares it, and ``scripts/build --write-sbom`` writes it. Without a time and with
a serial number made of its content, and without the tool's version, so that the same files give
the same text.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "src/lkapi/console/static/vendor/VENDORED.json"
SBOM = ROOT / "sboms/vendored.cdx.json"
PLACE = "lkapi/console/static/vendor"


def sbom_text() -> str:
    """The SBOM as it should be, valid for CycloneDX 1.6."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    main = Component(name="lkapi-sdk", type=ComponentType.LIBRARY, bom_ref="lkapi-sdk")
    metadata = BomMetaData(component=main)
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(record, sort_keys=True))
    components = [_component(name, **entry) for name, entry in sorted(record.items())]
    bom = Bom(components=components, metadata=metadata, serial_number=serial)
    bom.register_dependency(main, components)
    content = json.loads(JsonV1Dot6(bom).output_as_string())
    del content["metadata"]["timestamp"]
    text = json.dumps(content, indent=2, sort_keys=True) + "\n"
    problem = JsonStrictValidator(JsonV1Dot6(bom).schema_version).validate_str(text)
    if problem is not None:
        raise SystemExit(f"the SBOM of the vendored files is not valid: {problem}")
    return text


def _component(name: str, *, version: str, license: str, sha256: dict[str, str]) -> Component:  # noqa: A002 - the record's name
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        licenses=[LicenseFactory().make_from_string(license)],
        purl=PackageURL("npm", name=name, version=version),
        bom_ref=f"{name}@{version}",
        components=[_file(file, digest) for file, digest in sorted(sha256.items())],
    )


def _file(name: str, digest: str) -> Component:
    options: dict[str, Any] = {"hashes": [HashType(alg=HashAlgorithm.SHA_256, content=digest)]}
    return Component(name=f"{PLACE}/{name}", type=ComponentType.FILE, bom_ref=name, **options)
