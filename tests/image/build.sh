#!/bin/sh
# build.sh: builds the Dockerfile with buildah as localhost/goldenthread:check, for tests/image. Nothing comes from a
# registry of images: the base is made from Debian's packages, in the shape of the official image (what is called
# python3, where it lies, no bytecode). That proves the Dockerfile, and not the official base.
# Needs root. What is missing of buildah, podman, crun and mmdebstrap is installed where apt-get is.
set -eu
cd "$(dirname "$0")/../.."
base=localhost/goldenthread-base:trixie
image=localhost/goldenthread:check

missing=""
for program in mmdebstrap buildah podman crun; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086
  apt-get install --yes --no-install-recommends $missing || { echo "please install:$missing" >&2; exit 1; }
fi

if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  # shellcheck disable=SC2016
  mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,ca-certificates \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='for name in python3 python; do ln -s ../../bin/python3 "$1/usr/local/bin/$name"; done' \
    --customize-hook='find "$1/usr/lib" -name __pycache__ -prune -exec rm -r {} +' trixie "$folder/base.tar"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$folder/base.tar" /
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd python3 "$container"
  buildah commit --quiet --rm "$container" "$base"
fi

# The authorities of this machine: packages may come through a server that only they vouch for.
buildah bud --isolation chroot --pull-never --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt \
  --build-arg BASE="$base" --build-arg REVISION="$(git rev-parse HEAD)" --tag "$image" .
