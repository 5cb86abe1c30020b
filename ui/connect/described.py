"""The page that describes the HTTP calls to a person: written from the OpenAPI document, without a script or another host."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = "body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}code{background:#8882;padding:.1em .3em}"


def described(document: Mapping[str, Any]) -> str:
    """HTML with every call of an OpenAPI document: method, path, what it does, and what it takes."""
    title = escape(document["info"]["title"])
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>"
    intro = f"<h1>{title}</h1><p>{escape(document['info'].get('summary', ''))} For programs: <a href=openapi.json>OpenAPI</a>."
    return head + intro + "".join(_calls(document))


def _calls(document: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            said = escape(call.get("description") or call.get("summary", ""))
            takes = ", ".join(_takes(document, call))
            yield f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{said}" + (
                f"<p>Takes {takes}." if takes else ""
            )


def _takes(document: Mapping[str, Any], call: Mapping[str, Any]) -> Iterator[str]:
    """Parameters and the fields of the JSON body."""
    for one in call.get("parameters", []):
        yield f"<code>{escape(one['name'])}</code>"
    body = call.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = body.get("$ref", "").rsplit("/", 1)[-1]
    for field in document.get("components", {}).get("schemas", {}).get(name, {}).get("properties", {}):
        yield f"<code>{escape(field)}</code>"
