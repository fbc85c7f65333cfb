#!/bin/bash
# Runs in a private mount namespace, as root or as the root of a user namespace, before anything hostile
# exists: joins cgroups, mounts what the sandbox is made of, and becomes the sandbox. Arguments are a list
# of orders; nothing of them is ever evaluated as shell text.
set -eu
while :; do
  case "$1" in
    join) echo $$ >"$2"; shift 2 ;;
    bind) mount --bind -- "$2" "$3"; shift 3 ;;
    overlay) mount -t overlay -o "$2" overlay "$3"; shift 3 ;;
    idmap) perl "$2" "$3" "$4" "$5" "$6" "$7"; shift 7 ;;
    close)
      # What our own starter left open for us is not the sandbox's: everything above the listeners.
      for file in /proc/self/fd/*; do
        number=${file##*/}
        if [ "$number" -gt "$2" ]; then eval "exec $number>&-"; fi
      done
      shift 2 ;;
    run) shift; exec "$@" ;;
    *) echo "launch: unknown order $1" >&2; exit 64 ;;
  esac
done
