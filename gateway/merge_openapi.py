"""One OpenAPI 3.1 document out of the three services' own, as the gateway serves it.

    python gateway/merge_openapi.py            writes gateway/openapi.json
    python gateway/merge_openapi.py --check    fails (exit code 1) when that file is out of date

The services' apps are only made, not started: no environment, database or broker is needed.
"""

import argparse
import copy
import importlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Document = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "gateway" / "openapi.json"
SERVICES = ("identity", "catalog", "booking")
PUBLIC = "/api/"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

DESCRIPTION = """\
A marketplace for live sessions.

- Every path works with and without its trailing slash.
- Times are RFC 3339 with an offset; answers are in UTC. Money is a decimal string beside its currency.
- Errors are problem documents (RFC 9457) with a stable `code`, and a `request_id` that is also in `X-Request-ID`.
- Lists are plain arrays; `X-Total-Count` and `Link` tell the rest.
- An `Idempotency-Key` makes a POST with a token safe to repeat for 24 hours.
- There are limits per address: 429 says in `Retry-After` how many seconds to wait.
"""

_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 0}}}


def _problem(description: str, *, retry: bool) -> Document:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content, **({"headers": _RETRY_AFTER} if retry else {})}


# What the gateway may answer in a service's place: status, name, description, whether it has Retry-After.
GATEWAY_ANSWERS = (
    ("413", "TooLarge", "`too_large`: the body is larger than allowed", False),
    ("414", "AddressTooLong", "`uri_too_long`: the address is longer than allowed", False),
    ("429", "TooManyRequests", "`too_many_requests`: more requests from one address than allowed", True),
    ("502", "BadGateway", "`bad_gateway`: no replica answers", True),
    ("503", "Unavailable", "`unavailable`: a part that is needed doesn't answer", True),
    ("504", "GatewayTimeout", "`gateway_timeout`: no answer in time; the request may have been carried out", True),
)

_OWN_PATHS: Document = {
    "/healthz": {
        "get": {
            "tags": ["operations"],
            "summary": "Whether the gateway is up",
            "operationId": "gateway_health",
            "responses": {
                "200": {
                    "description": "It is",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["status"],
                                "properties": {"status": {"const": "ok"}},
                            }
                        }
                    },
                }
            },
        }
    },
    "/api/openapi.json": {
        "get": {
            "tags": ["operations"],
            "summary": "This document",
            "operationId": "openapi_document",
            "responses": {
                "200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}
            },
        }
    },
}


def merge(documents: Mapping[str, Document]) -> Document:
    """The public document of services' documents, by service name. The given ones stay as they are.

    Raises ValueError when two services claim one path, or when a document isn't OpenAPI 3.1.
    """
    named = {service: copy.deepcopy(document) for service, document in documents.items()}
    for service, document in named.items():
        if not document["openapi"].startswith("3.1."):
            raise ValueError(f"{service}: OpenAPI {document['openapi']}, not 3.1")
    _rename_clashes(named)

    paths: Document = {}
    components: dict[str, Document] = {}
    for service, document in named.items():
        for path, item in document["paths"].items():
            if not path.startswith(PUBLIC):
                continue
            if path in paths:
                raise ValueError(f"{service}: {path} belongs to another service already")
            paths[path] = item
        for kind, parts in document.get("components", {}).items():
            components.setdefault(kind, {}).update(parts)

    paths.update(copy.deepcopy(_OWN_PATHS))
    if "Problem" in components.get("schemas", {}):
        components["responses"] = {
            **components.get("responses", {}),
            **{name: _problem(text, retry=retry) for _status, name, text, retry in GATEWAY_ANSWERS},
        }
        _add_gateway_answers(paths)
    _name_operations(paths)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sessions Marketplace API", "version": "1.0.0", "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(tag for _, _, op in _operations(paths) for tag in op["tags"])],
        "paths": paths,
        "components": _reachable(paths, components),
    }


def _operations(paths: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in paths.items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def _add_gateway_answers(paths: Document) -> None:
    for path, _method, operation in _operations(paths):
        # The gateway says itself that it is up, without limits.
        if path == "/healthz":
            continue
        for status, name, *_rest in GATEWAY_ANSWERS:
            if _may_answer(status, operation):
                operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{name}"})
        operation["responses"] = dict(sorted(operation["responses"].items()))


def _may_answer(status: str, operation: Document) -> bool:
    """Only a body can be too large, and only parameters make an address too long."""
    if status == "413":
        return "requestBody" in operation
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    return status != "414" or not places.isdisjoint(("query", "path"))


def _references(part: Any) -> Iterator[str]:
    """Every component that `part` names, as `kind/name`; security requirements too."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix("#/components/")
            elif key == "security" and isinstance(value, list):
                yield from (f"securitySchemes/{scheme}" for needed in value for scheme in needed)
            elif key == "mapping" and isinstance(value, dict):
                yield from (str(target).removeprefix("#/components/") for target in value.values())
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for item in part:
            yield from _references(item)


def _rename_clashes(named: dict[str, Document]) -> None:
    """Components of one name are shared when they are the same, down to all they refer to; else they get the
    service's name in front."""
    found: dict[str, dict[str, Any]] = {}
    for service, document in named.items():
        for kind, parts in document.get("components", {}).items():
            for name, part in parts.items():
                found.setdefault(f"{kind}/{name}", {})[service] = part
    shared = {key: list(parts.values()) for key, parts in found.items() if len(parts) > 1}
    clashing = {key for key, parts in shared.items() if any(part != parts[0] for part in parts)}
    while more := {
        key for key, parts in shared.items() if key not in clashing and clashing.intersection(_references(parts))
    }:
        clashing |= more
    for service, document in named.items():
        own = {key for key in clashing if service in found[key]}
        for key in own:
            kind, name = key.split("/", 1)
            parts = document["components"][kind]
            parts[f"{service.capitalize()}{name}"] = parts.pop(name)
        _redirect(document, {f"#/components/{key}": _prefixed(key, service) for key in own})


def _prefixed(key: str, service: str) -> str:
    kind, name = key.split("/", 1)
    return f"#/components/{kind}/{service.capitalize()}{name}"


def _redirect(part: Any, targets: Mapping[str, str]) -> None:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref" and value in targets:
                part[key] = targets[value]
            elif key == "mapping" and isinstance(value, dict):
                part[key] = {name: targets.get(target, target) for name, target in value.items()}
            else:
                _redirect(value, targets)
    elif isinstance(part, list):
        for item in part:
            _redirect(item, targets)


def _name_operations(paths: Document) -> None:
    """An operation is called like its function, without the path and method that FastAPI adds; where two have one
    name, both keep the longer form."""
    short: dict[int, str] = {}
    for path, method, operation in _operations(paths):
        added = re.sub(r"\W", "_", f"{path}_{method}")
        short[id(operation)] = operation["operationId"].removesuffix(added)
    taken = Counter(short.values())
    for path, method, operation in _operations(paths):
        name = short[id(operation)]
        place = re.sub(r"\W+", "_", path.removeprefix(PUBLIC)).strip("_")
        operation["operationId"] = name if taken[name] == 1 else f"{name}_{method}_{place}"


def _reachable(paths: Document, components: Mapping[str, Document]) -> Document:
    """The components that public paths need: what only internal ones used is nobody's business."""
    needed: set[str] = set()
    pending = set(_references(paths))
    while pending:
        key = pending.pop()
        needed.add(key)
        kind, name = key.split("/", 1)
        pending |= set(_references(components[kind][name])) - needed
    return {
        kind: kept
        for kind, parts in components.items()
        if (kept := {name: part for name, part in parts.items() if f"{kind}/{name}" in needed})
    }


def render(document: Document) -> str:
    """Stable text: keys sorted, so that a change shows as a change and nothing else does."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def services_documents() -> dict[str, Document]:
    """What the three services say of themselves."""
    # Settings that happen to be in the environment must not show in the document.
    os.environ.clear()
    for source in ("shared/src", *(f"services/{service}/src" for service in SERVICES)):
        sys.path.insert(0, str(ROOT / source))
    return {service: importlib.import_module(f"{service}.app").create().openapi() for service in SERVICES}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Merge the services' OpenAPI documents.")
    parser.add_argument("--check", action="store_true", help="fail when gateway/openapi.json is out of date")
    check: bool = parser.parse_args(arguments).check
    text = render(merge(services_documents()))
    if not check:
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        print("gateway/openapi.json is out of date: run `python gateway/merge_openapi.py`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
