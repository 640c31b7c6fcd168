"""Writes the small subset of TOML that manifests need; the standard library only reads it."""

import json
from typing import Any


def dumps(table: dict[str, Any], path: str = "") -> str:
    """TOML text of nested dicts; lists of dicts become arrays of tables. Raises TypeError on other types."""
    plain, nested = [], []
    for key, value in table.items():
        name = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, dict):
            nested.append(f"\n[{name}]\n{dumps(value, name)}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            nested.extend(f"\n[[{name}]]\n{dumps(item, name)}" for item in value)
        else:
            plain.append(f"{_key(key)} = {_value(value)}\n")
    return "".join(plain + nested)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} has no place in a manifest")
