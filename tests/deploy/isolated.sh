#!/bin/sh
# isolated.sh FOLDER SIZE COMMAND...: COMMAND as a container runs it that may write to its /tmp alone. FOLDER stands for
# that, a tmpfs of SIZE bytes; everything else is read-only, and no capability is left. To be run by `unshare --mount`.
set -eu
folder=$1 size=$2
shift 2
mount --make-rprivate /
mount -t tmpfs -o "size=$size,mode=1777" tmpfs "$folder"
while read -r _ _ _ _ point _; do
  case $point in
    "$folder" | /proc* | /sys* | /dev*) ;;
    *) mount -o remount,bind,ro "$point" ;;
  esac
done </proc/self/mountinfo
for place in / "$HOME" "$(dirname "$1")" "$(dirname "$folder")"; do
  if (: >"$place/written") 2>/dev/null; then
    echo "$place can be written to" >&2
    exit 97
  fi
done
cd /
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs -- "$@"
