"""GraphiQL, bundled: the page a browser gets at `/graphql`. Everything it loads comes from here, no foreign host.

`vendor/` holds released builds, unchanged but for the reference to their source maps; `vendor/README.md` says which,
under what licence, with their hashes.
"""

from __future__ import annotations

from pathlib import Path

from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

_HERE = Path(__file__).parent
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src data:",
        "img-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "frame-ancestors 'none'",
    )
)
"""What the page may load: nothing from elsewhere."""


def page() -> Response:
    """The page."""
    return FileResponse(_HERE / "index.html", headers={"Content-Security-Policy": _POLICY})


def files() -> Mount:
    """What the page loads."""
    return Mount("/graphql/explorer", StaticFiles(directory=_HERE))
