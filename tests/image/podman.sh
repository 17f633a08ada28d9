#!/bin/sh
# podman.sh ARGUMENT ...: podman, also where its user may change no cgroups. A mount of cgroups of version 2 beside
# those of version 1 is hidden from it: it would want to use them.
exec unshare --mount -- sh -c 'umount /sys/fs/cgroup/unified 2>/dev/null || :; exec podman "$@"' podman "$@"
