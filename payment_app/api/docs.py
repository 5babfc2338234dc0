"""/api/docs: the OpenAPI description as one page, without scripts or outside addresses."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from payment_app.services.shared.policy import ANYONE, declares

router = APIRouter(include_in_schema=False)

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:24px 16px}
section{border-top:1px solid #8884;padding:16px 0}
h2{font-size:1rem;margin:0 0 4px;overflow-wrap:anywhere}
code,pre{font:14px/1.5 ui-monospace,monospace}
pre{background:#8881;border-radius:8px;padding:12px;overflow-x:auto;margin:8px 0}
p{margin:4px 0}.verb{color:#0b7a4b}@media(prefers-color-scheme:dark){.verb{color:#5fd39b}}
"""


@router.get("/api/docs", response_class=HTMLResponse)
@declares(ANYONE)
async def docs(request: Request) -> str:
    """Every call with what it takes and answers."""
    schema = request.app.openapi()
    calls = [
        _call(path, verb, call, schema["components"]["schemas"])
        for path, verbs in schema["paths"].items()
        for verb, call in verbs.items()
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>API</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(schema['info']['title'])} API</h1>"
        "<p>Send <code>Authorization: Bearer &lt;key&gt;</code> and, on each POST, an "
        "<code>Idempotency-Key</code>. The same description for programs: "
        '<a href="/api/openapi.json">/api/openapi.json</a>.</p>'
        f"{''.join(calls)}</main></body></html>"
    )


def _call(path: str, verb: str, call: dict[str, Any], models: dict[str, Any]) -> str:
    parameters = "".join(
        f"<p><code>{escape(parameter['name'])}</code> "
        f"{escape(parameter.get('description', ''))}</p>"
        for parameter in call.get("parameters", [])
    )
    body = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    answer = call["responses"].get("200") or call["responses"].get("201") or {}
    shown = answer.get("content", {}).get("application/json", {})
    return (
        f'<section><h2><span class="verb">{verb.upper()}</span> <code>{escape(path)}</code></h2>'
        f"<p>{escape(call.get('description', ''))}</p>{parameters}"
        f"{_model('Takes', body, models)}{_model('Answers', shown, models)}</section>"
    )


def _model(title: str, content: dict[str, Any], models: dict[str, Any]) -> str:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    if name not in models:
        return ""
    fields = models[name].get("properties", {})
    required = models[name].get("required", [])
    lines = [
        f"{field}{'' if field in required else '?'}: {_type(spec)}"
        for field, spec in fields.items()
    ]
    return f"<p>{title}</p><pre>{escape(chr(10).join(lines))}</pre>"


def _type(spec: dict[str, Any]) -> str:
    if "anyOf" in spec:
        return " | ".join(_type(choice) for choice in spec["anyOf"])
    if "$ref" in spec:
        return str(spec["$ref"].rpartition("/")[2])
    if spec.get("type") == "array":
        return f"[{_type(spec['items'])}]"
    return str(spec.get("format") or spec.get("type", "any"))
