"""Merging documents, on small apps; and the document that is committed."""

import json
import re
import subprocess
import sys
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from gateway_harness import HERE, Stub
from merge_openapi import merge, render
from shared.auth import AuthUser
from shared.errors import NotFound, Problem, problem_responses

METHODS = {"get", "put", "post", "delete", "patch"}


class Person(BaseModel):
    name: str


class Card(BaseModel):
    title: str
    owner: Person


class Secret(BaseModel):
    value: str


def app(name: str, router: APIRouter, version: str = "3.1.0") -> dict[str, Any]:
    made = FastAPI(title=name, generate_unique_id_function=lambda route: route.name)
    made.include_router(router, responses=problem_responses(NotFound))
    made.openapi_version = version
    document = made.openapi()
    document["components"]["schemas"].setdefault("Problem", Problem.model_json_schema())
    return document


def library() -> dict[str, Any]:
    router = APIRouter(tags=["books"])

    @router.get("/api/books/{book_id}/")
    async def read(book_id: int) -> Card:
        raise NotImplementedError

    @router.post("/api/books/")
    async def create(body: Card, _user: AuthUser) -> Card:
        raise NotImplementedError

    @router.get("/internal/books/")
    async def snapshot() -> list[Secret]:
        raise NotImplementedError

    return app("library", router)


def shop(*, same: bool) -> dict[str, Any]:
    router = APIRouter(tags=["orders"])
    buyer = Person if same else type("Person", (BaseModel,), {"__annotations__": {"name": str, "vat": str}})

    @router.get("/api/orders/{order_id}/")
    async def read(order_id: int) -> buyer:  # type: ignore[valid-type]
        raise NotImplementedError

    return app("shop", router)


def test_one_valid_document_of_public_paths() -> None:
    document = merge({"library": library(), "shop": shop(same=True)})
    OpenAPIV31SpecValidator(document).validate()
    assert set(document["paths"]) == {
        "/api/books/{book_id}/",
        "/api/books/",
        "/api/orders/{order_id}/",
        "/healthz",
        "/api/openapi.json",
    }
    assert document["servers"] == [{"url": "/"}]
    assert [tag["name"] for tag in document["tags"]] == ["books", "orders", "operations"]
    # What only an internal path uses is left out.
    assert "Secret" not in json.dumps(document)


def test_same_components_are_shared() -> None:
    schemas = merge({"library": library(), "shop": shop(same=True)})["components"]["schemas"]
    assert {"Person", "Card", "Problem"} <= set(schemas)
    assert not [name for name in schemas if name.startswith(("Library", "Shop"))]


def test_different_ones_get_the_service_s_name_with_all_that_point_to_them() -> None:
    document = merge({"library": library(), "shop": shop(same=False)})
    OpenAPIV31SpecValidator(document).validate()
    schemas = document["components"]["schemas"]
    assert {"LibraryPerson", "ShopPerson", "Card"} <= set(schemas)
    assert "Person" not in schemas
    assert schemas["Card"]["properties"]["owner"]["$ref"] == "#/components/schemas/LibraryPerson"
    answer = document["paths"]["/api/orders/{order_id}/"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/ShopPerson"


def test_a_shared_component_splits_when_what_it_refers_to_differs() -> None:
    first, second = library(), library()
    second["paths"] = {"/api/other/": second["paths"]["/api/books/"]}
    second["components"]["schemas"]["Person"]["properties"]["vat"] = {"type": "string"}
    schemas = merge({"library": first, "shop": second})["components"]["schemas"]
    assert {"LibraryCard", "ShopCard", "LibraryPerson", "ShopPerson"} <= set(schemas)


def test_operations_are_named_like_their_functions_and_apart() -> None:
    parts = {"library": library(), "shop": shop(same=True)}
    parts["library"]["paths"]["/api/books/"]["post"]["operationId"] = "create_api_books__post"
    paths = merge(parts)["paths"]
    assert paths["/api/books/"]["post"]["operationId"] == "create"
    assert paths["/api/books/{book_id}/"]["get"]["operationId"] == "read_get_books_book_id"
    assert paths["/api/orders/{order_id}/"]["get"]["operationId"] == "read_get_orders_order_id"


def test_the_gateway_s_answers_are_added_and_the_service_s_kept() -> None:
    document = library()
    document["paths"]["/api/books/"]["post"]["responses"]["503"] = {"description": "mine"}
    merged = merge({"library": document, "shop": shop(same=True)})
    write = merged["paths"]["/api/books/"]["post"]["responses"]
    read = merged["paths"]["/api/books/{book_id}/"]["get"]["responses"]
    assert write["503"] == {"description": "mine"}
    assert read["503"] == {"$ref": "#/components/responses/Unavailable"}
    assert "413" in write
    assert "413" not in read
    assert "414" in read
    assert "414" not in write
    assert "Retry-After" in merged["components"]["responses"]["TooManyRequests"]["headers"]


def test_the_bearer_scheme_is_kept_where_it_is_needed() -> None:
    document = merge({"library": library(), "shop": shop(same=True)})
    needed = document["paths"]["/api/books/"]["post"]["security"]
    (scheme,) = needed[0]
    assert document["components"]["securitySchemes"][scheme]["type"] == "http"
    assert document["components"]["securitySchemes"][scheme]["scheme"] == "bearer"
    assert "security" not in document["paths"]["/api/orders/{order_id}/"]["get"]


def test_the_text_is_stable_and_the_parts_stay_as_they_were() -> None:
    first, second = library(), shop(same=False)
    before = json.dumps([first, second])
    text = render(merge({"library": first, "shop": second}))
    assert json.dumps([first, second]) == before
    turned = {
        service: dict(reversed(list(part.items()))) for service, part in {"library": first, "shop": second}.items()
    }
    assert render(merge(turned)) == text


def test_two_owners_of_a_path_and_old_documents_are_refused() -> None:
    with pytest.raises(ValueError, match="/api/books/"):
        merge({"library": library(), "shop": library()})
    with pytest.raises(ValueError, match=r"not 3\.1"):
        merge({"library": library() | {"openapi": "3.0.3"}})


COMMITTED: dict[str, Any] = json.loads((HERE / "openapi.json").read_text())
OPERATIONS = [(path, method) for path, item in COMMITTED["paths"].items() for method in item if method in METHODS]


def test_the_committed_document_is_valid_and_up_to_date() -> None:
    OpenAPIV31SpecValidator(COMMITTED).validate()
    done = subprocess.run(
        [sys.executable, str(HERE / "merge_openapi.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_bad_input_is_documented_as_400() -> None:
    for path, method in OPERATIONS:
        operation = COMMITTED["paths"][path][method]
        assert "422" not in operation["responses"], path
        if operation.get("requestBody"):
            assert "400" in operation["responses"], path
    assert "HTTPValidationError" not in COMMITTED["components"]["schemas"]


def test_no_path_of_the_document_is_private() -> None:
    assert all(path.startswith("/api/") or path == "/healthz" for path in COMMITTED["paths"])
    assert not re.search(r"/internal/|/metrics|/health/", json.dumps(COMMITTED))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_documented_operation_is_routed(
    client: httpx.Client, stubs: dict[str, Stub], path: str, method: str
) -> None:
    parameters = {each["name"]: each["schema"] for each in COMMITTED["paths"][path][method].get("parameters", [])}

    def example(found: re.Match[str]) -> str:
        return str(parameters[found[1]].get("examples", ["0190163d-8694-739b-aea5-966c26f8ad91"])[0])

    answer = client.request(method, re.sub(r"\{([^}]+)\}", example, path))
    assert answer.status_code == 200
    own = path in ("/healthz", "/api/openapi.json")
    assert sum(len(stub.requests) for stub in stubs.values()) == (0 if own else 1)
