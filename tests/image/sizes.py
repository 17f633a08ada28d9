"""`python -m tests.image.sizes`: what takes how much of the image that `build.sh` built, in MB, largest first."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import PurePosixPath

from tests.image.podman import IMAGE, in_image, podman

PACKAGES = "/opt/goldenthread/lib/python3.13/site-packages"
_FILES = f"import os\nfor top, _, names in os.walk('{PACKAGES}'):\n for n in names: p = os.path.join(top, n); " + (
    "print(os.lstat(p).st_size, p)"
)
_SHOWN = 14
MB = 1e6


def main() -> None:
    """Print the layers, the packages, and the kinds of files."""
    (image,) = json.loads(podman("image", "inspect", IMAGE))
    print(f"{image['Size'] / MB:8.1f}  the image")
    for place, layer in enumerate(json.loads(podman("history", "--format", "json", IMAGE))):
        if layer["size"] > MB:
            print(f"{layer['size'] / MB:8.1f}    layer: {'below' if place else 'on top'}")
    packages, kinds = Counter[str](), Counter[str]()
    for line in in_image("python", "-P", "-c", _FILES).splitlines():
        size, _, path = line.partition(" ")
        inside = PurePosixPath(path).relative_to(PACKAGES)
        packages[inside.parts[0]] += int(size)
        kinds[inside.suffix] += int(size)
    for title, found in (("package", packages), ("files", kinds)):
        for name, taken in found.most_common(_SHOWN):
            if taken > MB:
                print(f"{taken / MB:8.1f}    {title}: {name}")


if __name__ == "__main__":
    main()
