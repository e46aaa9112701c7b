"""Which proxy the requests to a server go through. Only the endpoint's child imports it."""

from __future__ import annotations

import os
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from tui.records.models import is_this_machine


def proxy_variable(url: str) -> str:
    """The variable that names the proxy to a server; empty if no proxy leads there."""
    parts = urlsplit(url)
    if is_this_machine(parts.hostname or "") or proxy_bypass(parts.netloc):
        return ""
    names = (f"{parts.scheme}_proxy", "all_proxy")
    return next((name for wanted in names for name in (wanted.upper(), wanted) if os.environ.get(name)), "")


def by_proxy(url: str) -> str:
    """Name the proxy through which a server was asked, since it may be the one that fails; empty without one."""
    variable = proxy_variable(url)
    return f", through the proxy that {variable} names" if variable else ""
